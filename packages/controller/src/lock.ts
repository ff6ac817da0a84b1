/**
 * One controller per directory: two that write one journal would destroy it. The lock is the
 * kernel's (flock), so it ends with its holder however that ends. Node has no such call: a child
 * holds it for us, as long as its standard input, which only we have, is open.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemCommand } from './nats/embedded.ts'

/** A predecessor that was killed a moment ago may not have let go yet. */
const patienceMs = 5_000
const lockedExitCode = 75

/**
 * Resolves once the lock of `directory`, which exists, is ours; disposing of it lets it go. Throws
 * a sentence when another process has it, or when nothing can be written there. Without the command
 * (other systems than Linux) nothing is locked.
 */
export async function lockDirectory(
  directory: string,
  options: { readonly waitMs?: number } = {},
): Promise<AsyncDisposable> {
  const { waitMs = patienceMs } = options
  const path = join(directory, 'lock')
  await create(path)
  const flock = await systemCommand('flock')
  if (flock === undefined) return { [Symbol.asyncDispose]: async () => undefined }
  const limits = ['--timeout', `${waitMs / 1000}`, '--conflict-exit-code', `${lockedExitCode}`]
  const hold = ['sh', '-c', 'echo held; exec cat']
  // In a session of its own: a Ctrl-C in the terminal is for us to hear, and to end in order.
  const child = spawn(flock, [...limits, '--no-fork', path, ...hold], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  })
  const exited = once(child, 'exit')
  if (!(await isHeld(child, exited))) {
    const why =
      child.exitCode === lockedExitCode
        ? `another controller runs in ${directory}: each needs a directory of its own`
        : `${path} could not be locked`
    throw new Error(why)
  }
  return {
    async [Symbol.asyncDispose]() {
      child.stdin?.end()
      await exited
    },
  }
}

async function create(path: string): Promise<void> {
  try {
    await (await open(path, 'a', 0o600)).close()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`${dirname(path)} cannot hold a controller's files: ${why}`, { cause })
  }
}

/** False: it has ended instead. */
function isHeld(child: ChildProcess, exited: Promise<unknown>): Promise<boolean> {
  const held = child.stdout ? once(child.stdout, 'data').then(() => true) : Promise.resolve(false)
  return Promise.race([held, exited.then(() => false)])
}
