// The lab's three networks, all inside its own namespace: the bridge `data` carries replication,
// `manage` the control plane, `control` only the test's own commands, so that no cut ever reaches them.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The networks a test may cut; the host's side is reachable under .254 on both. */
export type Network = 'data' | 'management'

export const networks = {
  data: { bridge: 'data', subnet: '10.9.0' },
  management: { bridge: 'manage', subnet: '10.99.0' },
  control: { bridge: 'control', subnet: '10.98.0' },
} as const

const all = Object.values(networks)

/** argv that runs `argv` in the network namespace of the process `gatePid`. */
export function inNamespace(gatePid: number, argv: readonly string[]): [string, string[]] {
  return ['nsenter', [`--net=/proc/${gatePid}/ns/net`, '--', ...argv]]
}

/**
 * Frames that a tap holds for its node. A full one is never read again: UML is woken by frames that
 * come, and into a full queue none does. The usual 1,000 fill up in a resync.
 */
const queue = 50_000

/** Makes the bridges and, for each of `count` nodes, one tap on every bridge. */
export async function buildNetworks(gatePid: number, count: number): Promise<void> {
  const lines = ['link set lo up']
  for (const { bridge, subnet } of all) {
    lines.push(`link add ${bridge} type bridge`, `addr add ${subnet}.254/24 dev ${bridge}`)
    lines.push(`link set ${bridge} up`)
  }
  for (let index = 1; index <= count; index++) {
    for (const { bridge } of all) {
      const tap = tapName(bridge, index)
      lines.push(`tuntap add dev ${tap} mode tap`, `link set ${tap} master ${bridge}`)
      lines.push(`link set ${tap} txqueuelen ${queue}`, `link set ${tap} up`)
    }
  }
  await ip(gatePid, lines)
}

/**
 * Plugs a node's cable in or out. Takes the tap off its bridge instead of setting it down: UML's
 * receiver does not recover from a tap that was down.
 */
export async function plug(
  gatePid: number,
  cable: { index: number; network: Network; isIn: boolean },
): Promise<void> {
  const { bridge } = networks[cable.network]
  const tap = tapName(bridge, cable.index)
  await ip(gatePid, [`link set ${tap} ${cable.isIn ? `master ${bridge}` : 'nomaster'}`])
}

/**
 * UML's arguments for a node's three cards. `gro=1`: else the receiver drops big frames and a
 * replication crawls. Fixed `mac`: else it changes at every boot and the peers' ARP entries are stale.
 */
export function cardArguments(index: number): string[] {
  return all.map(({ bridge, subnet }, card) => {
    const mac = [2, 0, ...subnet.split('.').map(Number), index]
    const text = mac.map((byte) => byte.toString(16).padStart(2, '0')).join(':')
    return `vec${card}:transport=tap,mac=${text},ifname=${tapName(bridge, index)},depth=64,gro=1`
  })
}

function tapName(bridge: string, index: number): string {
  return `${bridge}${index}`
}

async function ip(gatePid: number, lines: readonly string[]): Promise<void> {
  const [command, args] = inNamespace(gatePid, ['ip', '-batch', '-'])
  const running = run(command, args, { timeout: 20_000 })
  running.child.stdin?.end(`${lines.join('\n')}\n`)
  await running
}
