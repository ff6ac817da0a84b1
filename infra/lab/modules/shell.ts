// Scripts of the builds.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Far longer than any part of it has ever taken. */
export const stageMs = 15 * 60_000

/** Runs a script to its end; standard output without its last newline. */
export async function shell(directory: string, script: string): Promise<string> {
  const words = ['-euo', 'pipefail', '-c', script]
  const { stdout } = await run('bash', words, { cwd: directory, timeout: stageMs })
  return stdout.trimEnd()
}
