/** The `varve` command as a process of its own, against a test's cluster. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { cluster, type TestSystem } from './harness.ts'

export const varveMain = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))

/** `line`: words parted by single blanks; `input`: what it reads, nothing unless given. */
export function startVarve(system: TestSystem, line: string, input = '') {
  const argv = [varveMain, '--nats', system.nats.url, '--cluster', cluster, ...line.split(' ')]
  const child = spawn(process.execPath, [...argv, '--actor', 'alice'], { stdio: 'pipe' })
  // Whoever ends without reading is not to blame.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  const result = ended.then(([out, err]) => ({ code: child.exitCode, out, err }))
  return { child, result }
}

export const varve = (system: TestSystem, line: string, input?: string) =>
  startVarve(system, line, input).result
