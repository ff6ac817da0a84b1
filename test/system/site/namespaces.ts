/**
 * Machines that are network namespaces on one bridge, inside a user namespace: no root is needed,
 * and the kernel takes all of it away with the process that holds it, which ends with this one.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type Namespaces = AsyncDisposable & {
  /** argv that runs `argv` on a machine; the process that is started becomes it. */
  readonly on: (machine: string, argv: readonly string[]) => string[]
  /** A shell line in the machine's namespace, as its root. */
  readonly shell: (machine: string, line: string) => Promise<string>
  /** Pulls a machine's cable, or puts it back. */
  readonly plug: (machine: string, isIn: boolean) => Promise<void>
  /** What a machine sends to others is lost, or is so no more; what they send arrives. */
  readonly mute: (machine: string, isMute: boolean) => Promise<void>
}

export const subnet = '10.77.0'

/** Machine number n has the address `10.77.0.<n>`, counted from 1; all work in `directory`. */
export async function createNamespaces(
  machines: readonly string[],
  directory: string,
): Promise<Namespaces> {
  const holder = spawn(
    '/usr/bin/setpriv',
    [
      ...['--pdeathsig', 'KILL', 'unshare', '--user', '--map-root-user', '--net', '--mount'],
      ...['sh', '-c', 'mount -t tmpfs tmpfs /run && mkdir /run/netns && echo ready && exec cat'],
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  await ready(holder)
  const enter = (argv: readonly string[]) => [
    ...['nsenter', '--user', '--net', '--mount', '--preserve-credentials', `--wd=${directory}`],
    ...['-t', String(holder.pid), ...argv],
  ]
  /** Lines of ip(8), in the namespace of the bridge or of one machine. */
  const batch = async (lines: readonly string[], machine?: string) => {
    const ip = ['ip', ...(machine === undefined ? [] : ['-n', machine]), '-batch', '-']
    const [command = '', ...args] = enter(ip)
    const running = run(command, args, { timeout: 20_000 })
    running.child.stdin?.end(`${lines.join('\n')}\n`)
    await running
  }
  const on = (machine: string, argv: readonly string[]) =>
    enter(['ip', 'netns', 'exec', machine, ...argv])
  await batch(['link set lo up', 'link add bridge type bridge', 'link set bridge up'])
  for (const [index, machine] of machines.entries()) {
    await batch([
      `netns add ${machine}`,
      `link add cable-${machine} type veth peer name eth0 netns ${machine}`,
      `link set cable-${machine} master bridge`,
      `link set cable-${machine} up`,
    ])
    const address = `addr add ${subnet}.${index + 1}/24 dev eth0`
    await batch(['link set lo up', address, 'link set eth0 up'], machine)
  }
  return {
    on,
    shell: async (machine, line) => {
      const [command = '', ...args] = on(machine, ['sh', '-c', line])
      return (await run(command, args, { timeout: 20_000 })).stdout
    },
    plug: (machine, isIn) => batch([`link set cable-${machine} ${isIn ? 'up' : 'down'}`]),
    mute: (machine, isMute) =>
      batch(
        machines.flatMap((other, index) =>
          other === machine
            ? []
            : [`route ${isMute ? 'add' : 'del'} blackhole ${subnet}.${index + 1}/32`],
        ),
        machine,
      ),
    async [Symbol.asyncDispose]() {
      holder.kill('SIGKILL')
      if (holder.exitCode === null && holder.signalCode === null) await once(holder, 'exit')
    },
  }
}

async function ready(holder: ChildProcess): Promise<void> {
  const exited = once(holder, 'exit').then(([code]) => {
    throw new Error(`no namespaces here: unshare ended with ${String(code)}`)
  })
  const said = holder.stdout ? once(holder.stdout, 'data') : exited
  await Promise.race([said, exited])
}
