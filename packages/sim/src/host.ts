/** The satellite's port to a machine, answered by a simulated one. */
import { hash } from 'node:crypto'
import {
  type CommandResult,
  type FollowedProcess,
  type Host,
  type KernelChange,
  normalTimeoutMs,
  type RunOptions,
} from '@varve/satellite'
import { bcacheNames, changeBcache, isBcache, registerFile } from './bcache/files.ts'
import { findDevice } from './devices.ts'
import { execute, hasTool, toolName } from './dispatch.ts'
import { followOptions, initialEvents } from './drbd/follow.ts'
import { loadDrbd } from './drbd/lookup.ts'
import { listNames, normal, readText, writeText } from './files.ts'
import type { Machine } from './machine.ts'
import { changeNvme, nvmeNames } from './nvme/files.ts'
import { openBlocks } from './open-blocks.ts'
import { pipe } from './pipe.ts'
import { createQueue } from './queue.ts'
import { simulatedNetwork } from './sockets.ts'
import { fail, type Output } from './tool.ts'
import { listVolumeLinks } from './zfs/model.ts'

export function createHost(machine: Machine): Host {
  return {
    uname: machine.uname,
    run: (argv, options) => run(machine, argv, options),
    follow: (argv, signal) => follow(machine, argv, signal),
    readFile: async (path) => (machine.on ? readText(machine, path) : undefined),
    writeFile: async (path, text) => {
      if (!machine.on) throw new Error(`EHOSTDOWN: ${machine.name} is off, ${path}`)
      writeText(machine, path, text)
    },
    fingerprint: async (path) => {
      const text = machine.on ? readText(machine, path) : undefined
      return text === undefined ? undefined : hash('sha256', Buffer.from(text, 'latin1'))
    },
    placeFile: async (path, content) => {
      if (!machine.on) throw new Error(`EHOSTDOWN: ${machine.name} is off, ${path}`)
      // A letter for each byte: files of machines are texts.
      writeText(machine, path, Buffer.from(content, 'base64').toString('latin1'))
    },
    removeFile: async (path) => {
      if (machine.on) machine.files.delete(normal(path))
    },
    list: async (directory) => (machine.on ? listPath(machine, directory) : []),
    claim: async (path) => claim(machine, path),
    changeKernel: async (change) => changeKernel(machine, change),
    openBlocks: (path) => openBlocks(machine, path),
    pipe: (argv, options) => pipe(machine, argv, options),
    ...simulatedNetwork(machine),
    exists: async (path) => machine.on && pathExists(machine, path),
    // Links are not imitated: each path is the device itself.
    resolve: async (path) => (machine.on && pathExists(machine, path) ? path : undefined),
  }
}

function listPath(machine: Machine, directory: string): string[] {
  if (normal(directory) === '/sys/module') return [...machine.modules].sort()
  const dataset = /^\/dev\/zvol\/(.+)$/.exec(normal(directory))?.[1]
  if (dataset !== undefined) return listVolumeLinks(machine, dataset)
  const shown = bcacheNames(machine, normal(directory)) ?? nvmeNames(machine, normal(directory))
  return shown ?? listNames(machine, directory) ?? []
}

function claim(machine: Machine, path: string): void {
  const device = machine.on ? findDevice(machine, path) : undefined
  if (!device) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
  if (device.openers.size > 0) throw new Error(`EBUSY: resource busy or locked, open '${path}'`)
}

/** To a fault its argv is `kernel`, what is done, and where. */
function changeKernel(machine: Machine, change: KernelChange): void {
  if (!machine.on) throw new Error(`EHOSTDOWN: ${machine.name} is off, ${change.path}`)
  const effect = machine.faults.strike(['kernel', change.op, change.path])
  if (effect?.kind === 'fail') throw new Error(effect.stderr)
  if (isBcache(change.path)) changeBcache(machine, change)
  else changeNvme(machine, change)
}

function pathExists(machine: Machine, path: string): boolean {
  const name = normal(path)
  if (name.startsWith('/dev/')) {
    const group = name.slice('/dev/'.length)
    return findDevice(machine, name) !== undefined || machine.groups.has(group)
  }
  if (name === registerFile) return machine.modules.has('bcache')
  if (name === '/sys/module/drbd') return machine.modules.has('drbd')
  const isShown = readText(machine, name) !== undefined || nvmeNames(machine, name) !== undefined
  return isShown || machine.directories.has(name)
}

type End = { readonly kind: 'output'; readonly output: Output } | { readonly kind: 'killed' }

async function run(
  machine: Machine,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<CommandResult> {
  const name = toolName(argv)
  if (!machine.on) return notStarted(argv, 'not-startable')
  if (options.signal?.aborted) return killed(argv)
  const effect = machine.faults.strike(argv)
  if (!hasTool(machine, name) || effect?.kind === 'missing') return notStarted(argv, 'not-found')
  machine.spawned.set(name, (machine.spawned.get(name) ?? 0) + 1)
  const now = () => execute(machine, argv, options.stdin ?? '')
  if (!effect) {
    const output = now()
    // Nearly everything answers at once; only what waits needs the apparatus.
    if (!(output instanceof Promise)) return finished(argv, output)
    return outcome(argv, await race(machine, options, output))
  }
  switch (effect.kind) {
    case 'fail':
      return finished(argv, fail(effect.code, effect.stderr))
    case 'lie':
      await now()
      return finished(argv, fail(effect.code, effect.stderr))
    case 'hang':
      return outcome(argv, await race(machine, options, undefined))
    case 'slow':
      return outcome(argv, await race(machine, options, later(machine, effect.ms, now)))
    case 'late':
      machine.shared.clock.after(effect.afterMs, () => void (machine.on && now()))
      return outcome(argv, await race(machine, limited(options, effect.limitMs), undefined))
    default:
      throw new Error(`no such fault: ${JSON.stringify(effect satisfies never)}`)
  }
}

const limited = (options: RunOptions, timeoutMs: number | undefined): RunOptions =>
  timeoutMs === undefined ? options : { ...options, timeoutMs }

/** Does it now and answers later. */
async function later(machine: Machine, ms: number, now: () => Output | Promise<Output>) {
  const output = await now()
  await new Promise<void>((resolve) => {
    machine.shared.clock.after(ms, resolve)
  })
  return output
}

/** The output, or being killed: by the time limit, by the caller, or with the machine. */
function race(
  machine: Machine,
  options: RunOptions,
  output: Promise<Output> | undefined,
): Promise<End> {
  return new Promise((resolve, reject) => {
    const end = (result: End) => {
      cancel()
      machine.running.delete(stop)
      options.signal?.removeEventListener('abort', stop)
      resolve(result)
    }
    const stop = () => end({ kind: 'killed' })
    const cancel = machine.shared.clock.after(options.timeoutMs ?? normalTimeoutMs, stop)
    machine.running.add(stop)
    options.signal?.addEventListener('abort', stop, { once: true })
    output?.then((done) => end({ kind: 'output', output: done }), reject)
  })
}

const outcome = (argv: readonly string[], end: End): CommandResult =>
  end.kind === 'killed' ? killed(argv) : finished(argv, end.output)

const finished = (argv: readonly string[], output: Output): CommandResult => ({
  argv,
  exitCode: output.code,
  stdout: output.stdout,
  stderr: output.stderr,
  timedOut: false,
})

const killed = (argv: readonly string[]): CommandResult => ({
  argv,
  stdout: '',
  stderr: '',
  timedOut: true,
})

const notStarted = (
  argv: readonly string[],
  problem: 'not-found' | 'not-startable',
): CommandResult => ({ argv, stdout: '', stderr: '', timedOut: false, problem })

/** Only events2 streams; anything else is run, and its lines are what it prints. */
function follow(machine: Machine, argv: readonly string[], signal: AbortSignal): FollowedProcess {
  const queue = createQueue<string>()
  const name = toolName(argv)
  machine.spawned.set(name, (machine.spawned.get(name) ?? 0) + 1)
  let stop = () => queue.end()
  const isEvents = name.startsWith('drbdsetup') && argv[1] === 'events2'
  const effect = machine.faults.strike(argv)
  if (machine.on && isEvents && hasTool(machine, name) && !effect) {
    stop = followEvents(machine, argv.slice(2), queue)
  } else queue.end()
  signal.addEventListener('abort', () => stop(), { once: true })
  if (signal.aborted) stop()
  return {
    lines: queue,
    [Symbol.asyncDispose]: async () => stop(),
  }
}

function followEvents(
  machine: Machine,
  args: readonly string[],
  queue: ReturnType<typeof createQueue<string>>,
): () => void {
  const kernel = loadDrbd(machine)
  const { options, now, unknown } = followOptions(args)
  const only9 = kernel?.version === 8 && args.some((arg) => arg === '--full' || arg === '--poll')
  if (!kernel || unknown || only9) {
    queue.end()
    return () => undefined
  }
  for (const line of initialEvents(kernel, options)) queue.push(line)
  if (now) {
    queue.end()
    return () => undefined
  }
  const unfollow = kernel.follow({ options, push: queue.push })
  const stop = () => {
    unfollow()
    machine.running.delete(stop)
    queue.end()
  }
  machine.running.add(stop)
  return stop
}
