/** `./dev lab` as an operator meets it: a cluster to type at, and nothing left when it ends. */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { labSupport } from '../../infra/lab/index.ts'
import { processesOf } from '../../infra/lab/sweep.ts'

const support = labSupport()
const title = support.ok ? './dev lab' : `./dev lab (skipped: ${support.reason})`

describe.skipIf(!support.ok)(title, () => {
  test('a command in its shell reaches the cluster and the nodes, and its exit code comes back', async () => {
    const words = `
      varve node list --output json
      n1 lvs --noheadings -o lv_name vg0
      n1 'echo to stderr >&2; exit 3'; echo "code $?"
      lab cut n1 everything; echo "refused $?"
      echo "directory $(dirname "$(dirname "$(command -v n1)")")"
      exit 7`
    const { code, output } = await devLab('--nodes', '1', '--disks', '1', '--exec', words)
    expect(output).toContain('"online"')
    expect(output).toMatch(/^ +thin$/m)
    expect(output).toContain('code 3\n')
    expect(output).toContain('refused 1\n')
    expect(code).toBe(7)
    expectNothingLeft(output)
  })

  test('SIGINT ends it at once, in the middle of everything', async () => {
    const words = 'echo "directory $(dirname "$(dirname "$(command -v n1)")")"; sleep 1000'
    const { code, output } = await devLab('--nodes', '1', '--exec', words)
    expect(code).toBe(130)
    expectNothingLeft(output)
  })
})

/** Runs `./dev lab`; when it is to sleep, it is interrupted as soon as it has said where it lives. */
async function devLab(...words: string[]): Promise<{ code: number | null; output: string }> {
  const main = join(import.meta.dirname, '../../tools/dev/main.ts')
  const child = spawn(process.execPath, [main, 'lab', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const isEndless = words.at(-1)?.endsWith('sleep 1000')
  let heard = ''
  child.stdout.on('data', (bytes: Buffer) => {
    heard += bytes.toString()
    if (isEndless && /^directory /m.test(heard)) child.kill('SIGINT')
  })
  const errors = text(child.stderr)
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { code, output: `${heard}${await errors}` }
}

function expectNothingLeft(output: string): void {
  const directory = /^directory (.+)$/m.exec(output)?.[1] ?? ''
  expect(directory).toContain('varve-lab-')
  expect(processesOf(directory)).toEqual([])
  expect(readdirSync(tmpdir()).map((name) => join(tmpdir(), name))).not.toContain(directory)
}
