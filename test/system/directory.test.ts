/** A controller's directory: whose it is, and what it says when it can have none. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { cluster, startSystem, until } from './harness.ts'
import { varveMain } from './varve.ts'

function runController(...options: string[]) {
  const argv = [varveMain, 'run', 'controller', '--log-level', 'error', ...options]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = Promise.all([text(child.stderr), once(child, 'exit')])
  const result = ended.then(([said]) => ({ code: child.exitCode, said }))
  return {
    result,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await result
    },
  }
}

it('has one controller at a time, whose name everybody can ask for', async () => {
  await using system = await startSystem()
  const directory = join(system.directory, 'a', 'b')
  const options = ['--nats', system.nats.url, '--cluster', cluster, '--directory', directory]
  await using _first = runController(...options, '--name', 'first')
  await until('the first one leads', async () => {
    const reply = await system.query('status')
    return reply.ok && (reply.data as { leader?: string }).leader === 'first' ? true : undefined
  })
  await using second = runController(...options, '--name', 'second')
  expect(await second.result).toEqual({
    code: 1,
    said: `varve: another controller runs in ${directory}: each needs a directory of its own\n`,
  })
})

it('is refused in a sentence where no directory can be made', async () => {
  await using lost = runController('--directory', '/proc/varve')
  const { code, said } = await lost.result
  expect(code).toBe(1)
  expect(said).toMatch(/^varve: \/proc\/varve cannot be made; name another with --directory/)
})
