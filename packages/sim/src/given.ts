/** Stories for tests: a cluster, and a replicated resource on it, made with the tools alone. */
import { type ManualClock, manualClock } from './clock.ts'
import type { DrbdVersion } from './machine.ts'
import { createWorld, type SimHost, type World, type WorldOptions } from './world.ts'

const gib = 1024 * 1024

export type Cluster = {
  readonly world: World
  readonly clock: ManualClock
  readonly hosts: readonly SimHost[]
  /** Runs a tool and returns its output; throws when it fails. */
  readonly tool: (host: SimHost, ...argv: string[]) => Promise<string>
  /** Runs a tool that must fail: its exit code and standard error. */
  readonly refused: (
    host: SimHost,
    ...argv: string[]
  ) => Promise<{ code: number | undefined; stderr: string }>
}

/** `count` machines n1, n2, … with a thin pool vg0/thin of 8 GiB and room beside it. */
export function cluster(
  count: number,
  drbd: DrbdVersion = '9.2.18',
  options: WorldOptions = {},
): Cluster {
  const clock = manualClock()
  const world = createWorld({ ...options, clock })
  const hosts = Array.from({ length: count }, (_, at) =>
    world.addHost({
      name: `n${at + 1}`,
      address: `10.9.0.${at + 1}`,
      drbd,
      disks: [{ name: 'sdb', sizeKib: 16 * gib }],
      groups: [{ name: 'vg0', disks: ['sdb'], thinPools: [{ name: 'thin', sizeKib: 8 * gib }] }],
    }),
  )
  const run = (host: SimHost, argv: readonly string[]) => host.host.run(argv)
  return {
    world,
    clock,
    hosts,
    tool: async (host, ...argv) => {
      const result = await run(host, argv)
      if (result.exitCode !== 0) {
        throw new Error(
          `${host.name}: ${argv.join(' ')}: ${result.exitCode} ${result.stderr}${result.problem ?? ''}`,
        )
      }
      return result.stdout
    },
    refused: async (host, ...argv) => {
      const result = await run(host, argv)
      return { code: result.exitCode, stderr: result.stderr }
    },
  }
}

export type ResourceOptions = {
  readonly name?: string
  readonly minor?: number
  /** Hosts without a disk, by index. */
  readonly diskless?: readonly number[]
  readonly options?: string
  readonly net?: string
  readonly sizeKib?: number
}

/** The .res file as a satellite would write it on one host of the cluster. */
export function resFile(each: Cluster, host: SimHost, options: ResourceOptions = {}): string {
  const { name = 'web', minor = 1000, diskless = [] } = options
  const port = 7000 + minor - 1000
  const eight = host.machine.drbdVersion.startsWith('8')
  const on = each.hosts.map((other, at) => {
    const path = other === host ? `/dev/vg0/${name}_00000` : '/dev/drbd/this/is/not/used'
    const disk = diskless.includes(at) ? 'none' : `"${path}"`
    const id = eight ? `address ipv4 ${other.machine.address}:${port};` : `node-id ${at};`
    return `  on "${other.name}" {\n    volume 0 {\n      disk ${disk};\n      meta-disk internal;\n      device minor ${minor};\n    }\n    ${id}\n  }\n`
  })
  const isDiskless = (other: SimHost) => diskless.includes(each.hosts.indexOf(other))
  const connections = each.hosts
    .filter((other) => other !== host && !(isDiskless(other) && isDiskless(host)))
    .map(
      (other) =>
        `  connection {\n    host "${host.name}" address ipv4 ${host.machine.address}:${port};\n    host "${other.name}" address ipv4 ${other.machine.address}:${port};\n  }\n`,
    )
  const sections = eight
    ? ''
    : `  options { ${options.options ?? 'quorum majority; on-no-quorum io-error;'} }\n`
  return `resource "${name}" {\n${sections}  net { protocol C; ${options.net ?? ''} }\n${on.join('')}${eight ? '' : connections.join('')}}\n`
}

/** Volumes, metadata and files on every host, then `adjust`; the first diskful host is the source. */
export async function deploy(each: Cluster, options: ResourceOptions = {}): Promise<void> {
  const { name = 'web', minor = 1000, diskless = [], sizeKib = 102_400 } = options
  const volume = `${name}_00000`
  const source = each.hosts.findIndex((_, at) => !diskless.includes(at))
  for (const [at, host] of each.hosts.entries()) {
    if (!diskless.includes(at)) {
      await each.tool(
        host,
        'lvcreate',
        '--yes',
        '--virtualsize',
        `${sizeKib}k`,
        '--thinpool',
        'thin',
        '--name',
        volume,
        'vg0',
      )
      const meta = (...args: string[]) => each.tool(host, 'drbdmeta', '--force', ...args)
      const device = `/dev/vg0/${volume}`
      if (host.machine.drbdVersion.startsWith('8'))
        await meta(`${minor}`, 'v08', device, 'internal', 'create-md')
      else {
        await meta(`${minor}`, 'v09', device, 'internal', 'create-md', '7')
        const [own, others] =
          at === source
            ? [`${generation}:${dayZero}:::1:1`, `:${dayZero}::::`]
            : [`${dayZero}::::1:1`, `:${dayZero}:::::`]
        for (const nodeId of [...Array(32).keys()].filter((id) => id !== at)) {
          await meta(
            '--node-id',
            `${nodeId}`,
            `${minor}`,
            'v09',
            device,
            'internal',
            'set-gi',
            others,
          )
        }
        await meta('--node-id', `${at}`, `${minor}`, 'v09', device, 'internal', 'set-gi', own)
      }
    }
    await host.host.writeFile(`/etc/drbd.d/${name}.res`, resFile(each, host, options))
  }
  for (const host of each.hosts) await each.tool(host, 'drbdadm', 'adjust', name)
  each.clock.advance(1000)
}

const dayZero = 'AAAAAAAAAAAAAAA0'
const generation = 'BBBBBBBBBBBBBBB0'
