/** drbdsetup: the module's own command line. */
import { type Call, fail, type Output, ok, option, readOptions } from '../tool.ts'
import {
  connect,
  deleteDevice,
  deletePeer,
  down,
  forgetPeer,
  newCurrentUuid,
  type Problem,
  resize,
  secondary,
} from './control.ts'
import { detach } from './disk.ts'
import { peerDisk, peerRole } from './events.ts'
import { eventOptions, initialEvents, type Parsed, setupOptions } from './follow.ts'
import { dumpText } from './initial.ts'
import { promote } from './io.ts'
import { disconnect } from './link.ts'
import { deviceOfMinor, loadDrbd } from './lookup.ts'
import type { Connection, Device, DrbdKernel, Resource } from './model.ts'
import { settle } from './settle.ts'
import { showText } from './show.ts'
import { statusJson, statusText } from './status.ts'
import { invalidate, startVerify } from './sync.ts'
import { usage9, usage84 } from './usage.ts'

type Run = (
  kernel: DrbdKernel,
  words: readonly string[],
  options: Parsed,
  call: Call,
) => Output | Promise<Output>

export const moduleMissing = fail(
  20,
  'modprobe: FATAL: Module drbd not found in directory /lib/modules/6.1.0-42-amd64\nFailed to modprobe drbd (No such file or directory)',
)

export function drbdsetup(call: Call): Output | Promise<Output> {
  if (call.args.includes('--version') || call.args.includes('-V')) return ok(`drbdsetup 9.22.0\n`)
  const kernel = loadDrbd(call.machine)
  if (!kernel) return call.args[0] === 'down' ? { ...moduleMissing, code: 0 } : moduleMissing
  const [name = '', ...rest] = call.args
  const run = commands[name]
  const usage = kernel.version === 8 ? usage84 : usage9
  if (!run) return { code: 20, stdout: `${usage}\n\ninvalid command\n`, stderr: '' }
  const options = readOptions(rest, setupOptions)
  const only9 =
    kernel.version === 8 && ['--json', '--full', '--poll'].find((each) => options.values.has(each))
  if (options.unknown || only9) {
    return fail(20, `${name}: unrecognized option '${options.unknown ?? only9}'`, usage)
  }
  return run(kernel, options.words, options, call)
}

const noResource = (name: string) => fail(10, `${name}: No such resource`)

export const answer = (problem: Problem | undefined): Output =>
  problem ? fail(problem.exit, problem.text) : ok()

type OfResource = (
  resource: Resource,
  options: Parsed,
  words: readonly string[],
) => Output | Promise<Output>
const ofResource =
  (run: OfResource): Run =>
  (kernel, words, options) => {
    if (words[0] === undefined) return fail(20, 'Missing first argument')
    const resource = kernel.resources.get(words[0])
    // 8.4 also takes a minor where 9 wants a name.
    const byMinor = resource ?? deviceOfMinor(kernel, words[0])?.resource
    return byMinor ? run(byMinor, options, words) : noResource(words[0])
  }

type OfDevice = (device: Device, options: Parsed) => Output
const ofDevice =
  (run: OfDevice): Run =>
  (kernel, words, options) => {
    const device = deviceOfMinor(kernel, words[0] ?? '')
    if (!device) return fail(10, `${words[0]}: Failure: (127) Device minor not allocated`)
    return run(device, options)
  }

type OfConnection = (connection: Connection, options: Parsed) => Output
const ofConnection =
  (run: OfConnection): Run =>
  (kernel, words, options) => {
    const resource = kernel.resources.get(words[0] ?? '')
    if (!resource) return noResource(words[0] ?? '')
    const connection = resource.connections.get(Number(words[1]))
    if (!connection) {
      return fail(
        10,
        `${resource.name}: Failure: (158) Unknown resource\nadditional info from kernel:\nunknown connection`,
      )
    }
    return run(connection, options)
  }

export function promoteAnswer(resource: Resource, force: boolean): Output {
  const problem = promote(resource, force)
  if (!problem) return ok()
  const name =
    resource.kernel.version === 8
      ? ([...resource.devices.values()][0]?.minor ?? resource.name)
      : resource.name
  return fail(problem.exit, `${name}: State change failed: (${problem.code}) ${problem.text}`)
}

const suspend = (resource: Resource, on: boolean): Output => {
  resource.suspendedByUser = on
  settle(resource)
  return ok()
}

/** `drbdadm role`: 8.4 adds the peer's. */
export function roleText(resource: Resource): string {
  const first = [...resource.connections.values()][0]
  const peer = resource.kernel.version === 8 ? `/${first ? peerRole(first) : 'Unknown'}` : ''
  return `${resource.role}${peer}\n`
}

export function diskStateText(device: Device): string {
  const peers = [...device.resource.connections.values()].flatMap(
    (each) => each.peerDevices.get(device.volume) ?? [],
  )
  return `${[device.disk, ...peers.map((each) => peerDisk(each).disk)].join('/')}\n`
}

const commands: Readonly<Record<string, Run>> = {
  status: (kernel, words, options) => {
    const [name] = words
    const wanted = name === undefined || name === 'all' ? undefined : name
    const all = [...kernel.resources.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    const found = wanted === undefined ? all : all.filter((each) => each.name === wanted)
    if (wanted !== undefined && found.length === 0) return noResource(wanted)
    if (options.values.has('--json')) return ok(statusJson(found))
    const form = {
      verbose: options.values.has('--verbose'),
      statistics: options.values.has('--statistics'),
    }
    const empty = found.length === 0 && kernel.version === 9
    return ok(
      found.map((each) => statusText(each, form)).join(''),
      empty ? '# No currently configured DRBD found.\n' : '',
    )
  },
  events2: (kernel, words, options) => {
    const wanted = eventOptions(options, words)
    const isAll = wanted.statistics && !wanted.timestamps && wanted.resource === undefined
    return ok(isAll ? dumpText(kernel) : `${initialEvents(kernel, wanted).join('\n')}\n`)
  },
  show: (kernel, words) => {
    const all = [...kernel.resources.values()].filter(
      (each) => words[0] === undefined || words[0] === 'all' || each.name === words[0],
    )
    return ok(all.map(showText).join(''))
  },
  down: (kernel, words) => {
    if (words[0] === undefined)
      return fail(20, 'Missing first argument', 'USAGE:\n drbdsetup down {resource}\n')
    const resource = kernel.resources.get(words[0])
    return resource ? answer(down(resource)) : ok()
  },
  primary: ofResource((resource, options) =>
    promoteAnswer(resource, options.values.has('--force')),
  ),
  secondary: ofResource((resource, options) =>
    answer(secondary(resource, options.values.has('--force'))),
  ),
  'suspend-io': ofDevice((device) => suspend(device.resource, true)),
  'resume-io': ofDevice((device) => suspend(device.resource, false)),
  'del-peer': ofConnection((connection) => {
    deletePeer(connection)
    return ok()
  }),
  disconnect: ofConnection((connection) => {
    disconnect(connection)
    return ok()
  }),
  connect: ofConnection((connection, options) => {
    connect(connection, options.values.has('--discard-my-data'))
    return ok()
  }),
  'forget-peer': (kernel, words) => {
    const resource = kernel.resources.get(words[0] ?? '')
    return resource ? answer(forgetPeer(resource, Number(words[1]))) : noResource(words[0] ?? '')
  },
  detach: ofDevice((device, options) => {
    detach(device, options.values.has('--diskless'))
    return ok()
  }),
  'del-minor': ofDevice((device) => answer(deleteDevice(device))),
  resize: ofDevice((device, options) =>
    answer(resize(device, options.values.has('--assume-clean'))),
  ),
  'check-resize': ofDevice(() => ok()),
  'new-current-uuid': ofDevice((device, options) =>
    answer(newCurrentUuid(device, options.values.has('--clear-bitmap'))),
  ),
  invalidate: ofDevice((device) => {
    const problem = invalidate(device)
    return problem ? fail(17, `${device.minor}: State change failed: (-2) ${problem}`) : ok()
  }),
  verify: (kernel, words) => {
    const resource = kernel.resources.get(words[0] ?? '')
    const connection = resource?.connections.get(Number(words[1]))
    const device = resource?.devices.get(Number(words[2] ?? 0))
    const other = connection?.link?.resource.devices.get(device?.volume ?? 0)
    if (!device || !other)
      return fail(
        17,
        `${words[0]}: State change failed: (-15) Need a connection to start verify or resync`,
      )
    startVerify(device, other)
    return ok()
  },
  role: ofResource((resource) => ok(roleText(resource))),
  dstate: ofDevice((device) => ok(diskStateText(device))),
  'wait-connect-resource': ofResource((resource, options) =>
    waitFor(resource, options, () => [...resource.connections.values()].every((each) => each.link)),
  ),
  'wait-sync-resource': ofResource((resource, options) =>
    waitFor(resource, options, () =>
      [...resource.connections.values()].every(
        (each) => each.link && [...each.peerDevices.values()].every((peer) => !peer.sync),
      ),
    ),
  ),
}

/** Looks again every 50 ms; a timeout is exit code 5. */
function waitFor(
  resource: Resource,
  options: Parsed,
  done: () => boolean,
): Output | Promise<Output> {
  if (done()) return ok()
  const { clock } = resource.kernel.machine.shared
  const seconds = Number(option(options, '--wfc-timeout') ?? 0)
  const deadline = seconds === 0 ? Number.POSITIVE_INFINITY : clock.now() + seconds * 1000
  return new Promise((resolve) => {
    const look = () => {
      if (done()) resolve(ok())
      else if (clock.now() >= deadline) resolve(fail(5, ''))
      else clock.after(50, look)
    }
    look()
  })
}
