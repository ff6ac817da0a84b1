/** drbdadm: reads the .res files and asks drbdmeta and the module. */
import { type Call, fail, type Output, ok } from '../tool.ts'
import { adjust } from './adjust.ts'
import { type HostConfig, type ResourceConfig, readConfig } from './config.ts'
import { connect, newCurrentUuid, resize, secondary } from './control.ts'
import { type Ask, parseAsk, version } from './drbdadm-argv.ts'
import { drbdmeta } from './drbdmeta.ts'
import {
  answer,
  diskStateText,
  drbdsetup,
  moduleMissing,
  promoteAnswer,
  roleText,
} from './drbdsetup.ts'
import { disconnect } from './link.ts'
import { loadDrbd } from './lookup.ts'
import type { Device, DrbdKernel, Resource } from './model.ts'
import { ResError } from './res-syntax.ts'
import { settle } from './settle.ts'
import { invalidate, startVerify } from './sync.ts'

export function drbdadm(call: Call): Output | Promise<Output> {
  if (call.args.includes('--version') || call.args.includes('-V')) return version(call)
  const ask = parseAsk(call)
  if (ask.command === 'status')
    return drbdsetup({ ...call, args: ['status', ...ask.options, ...ask.targets] })
  const run = commands[ask.command]
  if (!run) return fail(1, `drbdadm: Unknown command '${ask.command}'`)
  let configs: Map<string, ResourceConfig>
  try {
    configs = readConfig(call.machine, ask.configFile)
  } catch (error) {
    if (error instanceof ResError) return fail(10, error.message)
    throw error
  }
  if (ask.command === 'sh-nop') return ok()
  const mine = [...configs.values()].filter((each) => each.hosts.has(call.machine.uname))
  const conflict = minorConflict(mine, call.machine.uname)
  if (conflict) return fail(10, conflict)
  if (mine.length === 0) return fail(1, 'no resources defined!')
  if (ask.targets.length === 0) return fail(1, `drbdadm: missing arguments`)
  return runAll(ask, run, mine)
}

/** The targets one after the other; the first failure ends it. */
function runAll(ask: Ask, run: Run, mine: readonly ResourceConfig[]): Output {
  let stdout = ''
  let stderr = ''
  for (const target of ask.targets) {
    const [name = '', volume] = target.split('/')
    const found = name === 'all' ? mine : mine.filter((each) => each.name === name)
    if (found.length === 0) {
      return fail(1, `${stderr}'${name}' not defined in your config (for this host).`, stdout)
    }
    for (const config of found) {
      const host = config.hosts.get(ask.call.machine.uname)
      if (!host) continue
      const output = run({
        ask,
        config,
        host,
        volume: volume === undefined ? undefined : Number(volume),
      })
      stdout += output.stdout
      stderr += output.stderr
      if (output.code !== 0) return { code: output.code, stdout, stderr }
    }
  }
  return ok(stdout, stderr)
}

function minorConflict(configs: readonly ResourceConfig[], uname: string): string | undefined {
  const seen = new Map<number, string>()
  for (const config of configs) {
    for (const volume of config.hosts.get(uname)?.volumes.values() ?? []) {
      const other = seen.get(volume.minor)
      if (other !== undefined) {
        return `${config.where}: conflicting use of device-minor 'device-minor:${uname}:${volume.minor}' ...\n${other}: device-minor 'device-minor:${uname}:${volume.minor}' first used here.\n`
      }
      seen.set(volume.minor, config.where)
    }
  }
  return undefined
}

type Target = {
  readonly ask: Ask
  readonly config: ResourceConfig
  readonly host: HostConfig
  readonly volume: number | undefined
}
type Run = (target: Target) => Output

const withKernel =
  (run: (kernel: DrbdKernel, target: Target) => Output): Run =>
  (target) => {
    const kernel = loadDrbd(target.ask.call.machine)
    return kernel ? run(kernel, target) : moduleMissing
  }

const perVolume = new Set(['resize', 'invalidate', 'new-current-uuid', 'dstate'])

/** For the resource as the module has it. */
const withResource = (argv: string, run: (resource: Resource, target: Target) => Output): Run =>
  withKernel((kernel, target) => {
    const { name } = target.config
    const resource = kernel.resources.get(name)
    const minor = [...(resource?.devices.values() ?? [])][0]?.minor
    // 8.4 knows volumes where 9 knows resources; some commands are for a volume in both.
    const subject = kernel.version === 8 || perVolume.has(argv) ? `${minor ?? name}` : name
    const command = `drbdsetup${kernel.version === 8 ? '-84' : ''} ${argv} ${subject}`
    const output = resource
      ? run(resource, target)
      : fail(10, `${name}: Failure: (158) Unknown resource`)
    return output.code === 0 ? output : terminated(output, command)
  })

const terminated = (output: Output, command: string, code = output.code): Output => ({
  ...output,
  code,
  stderr: `${output.stderr}Command '${command}' terminated with exit code ${output.code}\n`,
})

const devices = (resource: Resource, { volume }: Target): Device[] =>
  [...resource.devices.values()].filter((each) => volume === undefined || each.volume === volume)

const forEachDevice = (
  resource: Resource,
  target: Target,
  run: (device: Device) => Output,
): Output => {
  for (const device of devices(resource, target)) {
    const output = run(device)
    if (output.code !== 0) return output
  }
  return ok()
}

const runAdjust = withKernel((kernel, { ask, config, host }) => {
  if (ask.command === 'up' && kernel.resources.has(config.name)) {
    const minor = [...(kernel.resources.get(config.name)?.devices.values() ?? [])][0]?.minor ?? 0
    const device = [...host.volumes.values()][0]
    return kernel.version === 8
      ? terminated(
          fail(20, `Device '${minor}' is configured!`),
          `drbdmeta ${minor} v08 ${device?.disk} internal apply-al`,
          1,
        )
      : terminated(
          fail(
            10,
            `${config.name}: Failure: (161) Minor or volume exists already (delete it first)`,
          ),
          `drbdsetup new-minor ${config.name} ${minor} 0`,
          1,
        )
  }
  const problem = adjust(kernel, config, {
    skipDisk: ask.options.has('--skip-disk'),
    skipNet: ask.options.has('--skip-net'),
    discardMyData: ask.options.has('--discard-my-data'),
  })
  return problem ? terminated(fail(problem.exit, problem.text), problem.command, 1) : ok()
})

function createMd({ ask, config, host, volume }: Target): Output {
  const eight = ask.call.machine.drbdVersion.startsWith('8')
  const format = eight ? 'v08' : 'v09'
  const peers = ask.maxPeers === '' ? `${Math.max(1, config.hosts.size - 1)}` : ask.maxPeers
  let stdout = ''
  let stderr = ''
  for (const [number, each] of host.volumes) {
    if ((volume !== undefined && volume !== number) || each.disk === 'none') continue
    const external = each.metaDisk !== 'internal'
    const words = [
      `${each.minor}`,
      format,
      external ? each.metaDisk : each.disk,
      external ? 'flex-external' : 'internal',
      'create-md',
      ...(eight ? [] : [peers]),
    ]
    const args = ask.options.has('--force') ? [...words, '--force'] : words
    const output = drbdmeta({ ...ask.call, name: 'drbdmeta', args })
    stdout += output.stdout
    stderr += output.stderr
    if (output.code !== 0) {
      return terminated({ code: output.code, stdout, stderr }, `drbdmeta ${args.join(' ')}`)
    }
  }
  return ok(stdout, stderr)
}

const commands: Readonly<Record<string, Run>> = {
  adjust: runAdjust,
  up: runAdjust,
  'create-md': createMd,
  'sh-nop': () => ok(),
  dump: ({ config }) =>
    ok(
      `# resource ${config.name} on ${[...config.hosts.keys()].join(' ')}: not ignored, not stacked\n`,
    ),
  'sh-resources': ({ config }) => ok(`${config.name}\n`),
  down: withKernel((_, { ask, config }) => {
    const output = drbdsetup({ ...ask.call, name: 'drbdsetup', args: ['down', config.name] })
    if (output instanceof Promise) throw new Error('down does not wait')
    return output.code === 0 ? output : terminated(output, `drbdsetup down ${config.name}`)
  }),
  primary: withResource('primary', (resource, { ask }) =>
    promoteAnswer(resource, ask.options.has('--force')),
  ),
  secondary: withResource('secondary', (resource, { ask }) =>
    answer(secondary(resource, ask.options.has('--force'))),
  ),
  resize: withResource('resize', (resource, target) =>
    forEachDevice(resource, target, (device) =>
      answer(resize(device, target.ask.options.has('--assume-clean'))),
    ),
  ),
  'new-current-uuid': withResource('new-current-uuid', (resource, target) =>
    forEachDevice(resource, target, (device) =>
      answer(newCurrentUuid(device, target.ask.options.has('--clear-bitmap'))),
    ),
  ),
  'suspend-io': withResource('suspend-io', (resource) => suspended(resource, true)),
  'resume-io': withResource('resume-io', (resource) => suspended(resource, false)),
  disconnect: withResource('disconnect', (resource) => {
    for (const each of resource.connections.values()) disconnect(each)
    return ok()
  }),
  connect: withResource('connect', (resource, { ask }) => {
    for (const each of resource.connections.values())
      connect(each, ask.options.has('--discard-my-data'))
    return ok()
  }),
  invalidate: withResource('invalidate', (resource, target) =>
    forEachDevice(resource, target, (device) => {
      const problem = invalidate(device)
      return problem ? fail(17, `${device.minor}: State change failed: (-2) ${problem}`) : ok()
    }),
  ),
  verify: withResource('verify', (resource, target) =>
    forEachDevice(resource, target, (device) => {
      for (const each of resource.connections.values()) {
        const other = each.link?.resource.devices.get(device.volume)
        if (other?.backing) startVerify(device, other)
      }
      return ok()
    }),
  ),
  role: withResource('role', (resource) => ok(roleText(resource))),
  dstate: withResource('dstate', (resource, target) =>
    ok(devices(resource, target).map(diskStateText).join('')),
  ),
}

function suspended(resource: Resource, on: boolean): Output {
  resource.suspendedByUser = on
  settle(resource)
  return ok()
}
