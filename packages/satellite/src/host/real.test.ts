import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { realHost } from './real.ts'

const host = realHost()
let directory = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'varve-host-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('a result has exit code, both outputs, and a plain environment', async () => {
  const argv = ['sh', '-c', 'cat; echo "$LC_ALL" >&2; exit 3']
  const result = await host.run(argv, { stdin: 'in\n' })
  expect(result).toEqual({ argv, exitCode: 3, stdout: 'in\n', stderr: 'C\n', timedOut: false })
})

test('a missing program is a result, not an exception', async () => {
  expect(await host.run(['no-such-program-of-varve'])).toMatchObject({
    problem: 'not-found',
    timedOut: false,
  })
})

test('a tool that takes too long is ended, and its effect is unknown', async () => {
  const result = await host.run(['sleep', '60'], { timeoutMs: 50 })
  expect(result.timedOut).toBe(true)
  expect(result).not.toHaveProperty('exitCode')
})

test('a tool that somebody kills is unknown too', async () => {
  const result = await host.run(['sh', '-c', 'kill -9 $$'])
  expect(result.timedOut).toBe(true)
})

test('lines are followed until the process ends', async () => {
  const lines: string[] = []
  await using process = host.follow(
    ['sh', '-c', 'echo a; echo b; exit 4'],
    new AbortController().signal,
  )
  for await (const line of process.lines) lines.push(line)
  expect(lines).toEqual(['a', 'b'])
})

test('following ends with the signal', async () => {
  const stop = new AbortController()
  await using process = host.follow(['sh', '-c', 'echo a; exec sleep 60'], stop.signal)
  for await (const line of process.lines) {
    expect(line).toBe('a')
    stop.abort()
  }
})

test('a file is written whole, for root alone, with nothing left beside it', async () => {
  const path = join(directory, 'new', 'web.res')
  await host.writeFile(path, 'one')
  await host.writeFile(path, 'two')
  expect(await host.readFile(path)).toBe('two')
  expect(readdirSync(join(directory, 'new'))).toEqual(['web.res'])
  expect(statSync(path).mode & 0o777).toBe(0o600)
  await host.removeFile(path)
  await host.removeFile(path)
  expect(await host.readFile(path)).toBeUndefined()
  expect(await host.list(join(directory, 'nowhere'))).toEqual([])
})

test('a file that rests has a stamp, and every change takes it away and gives it another', async () => {
  const path = join(directory, 'stamped')
  const settled = () =>
    vi.waitFor(async () => expect(await host.stamp?.(path)).toBeDefined(), { timeout: 5_000 })
  const long = new Date(0)
  writeFileSync(path, 'one')
  expect(await host.stamp?.(path)).toBeUndefined()
  await settled()
  const before = await host.stamp?.(path)
  expect(await host.stamp?.(path)).toBe(before)
  // In place, as long as before, and with a time of long ago: as sly as a change can be.
  writeFileSync(path, 'two')
  utimesSync(path, long, long)
  expect(await host.stamp?.(path)).toBeUndefined()
  await settled()
  expect(await host.stamp?.(path)).not.toBe(before)
  expect(await host.stamp?.(join(directory, 'nowhere'))).toBeUndefined()
  expect(await host.stamp?.('/proc/self/stat')).toBeUndefined()
})
