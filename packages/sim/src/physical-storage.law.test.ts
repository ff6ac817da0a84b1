/** Whatever disks a machine has, and whichever of them are named: what is on them stays. */
import type { DesiredDevicePool, ObservedDevicePool } from '@varve/events'
import { createProvisioner } from '@varve/satellite/testing'
import fc from 'fast-check'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createWorld, type SimHost } from './world.ts'

const gib = 1024 * 1024
const names = ['sdb', 'sdc', 'sdd', 'sde'] as const
const providers = ['LVM', 'LVM_THIN', 'ZFS', 'ZFS_THIN'] as const

/** What a disk of a server may have on it; `undefined` is nothing. */
const condition = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  fc.constantFrom(
    ...['ext4', 'xfs', 'btrfs', 'swap', 'crypto_LUKS', 'linux_raid_member', 'LVM2_member'],
    ...['bcache', 'zfs_member', 'drbd', 'gpt', 'dos', 'ceph_bluestore', 'VMFS_volume_member'],
    ...['partitions', 'mounted', 'opened', 'failed', 'small', 'group', 'zpool'],
  ),
)

const surroundings = fc.record({
  conditions: fc.tuple(condition, condition, condition, condition),
  named: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }),
  provider: fc.constantFrom(...providers),
  /** Somebody writes to a disk while we are at work: before this many commands have run. */
  intruder: fc.option(fc.nat(12), { nil: undefined }),
})

function machineWith(conditions: readonly (string | undefined)[]): SimHost {
  const words = new Set(['partitions', 'mounted', 'opened', 'failed', 'small', 'group', 'zpool'])
  const disks = names.map((name, at) => {
    const word = conditions[at]
    return {
      name,
      sizeKib: word === 'small' ? gib : 4 * gib,
      serial: `S-${name}`,
      ...(word === 'partitions' ? { partitions: [`${name}1`] } : {}),
      ...(word === 'mounted' ? { mountedOn: `/mnt/${name}` } : {}),
      ...(word !== undefined && !words.has(word) ? { holds: word } : {}),
    }
  })
  const on = (word: string) => names.filter((_, at) => conditions[at] === word)
  const host = createWorld().addHost({
    name: 'n1',
    disks,
    groups: on('group').map((disk) => ({ name: `theirs_${disk}`, disks: [disk] })),
    zpools: on('zpool').map((disk) => ({ name: `pool_${disk}`, disks: [disk] })),
  })
  for (const name of on('opened')) host.machine.disks.get(name)?.openers.add('somebody')
  for (const name of on('failed')) host.failDisk(name)
  return host
}

/** One disk as text: signatures, who has it, what it is part of. */
function stateOf({ machine }: SimHost, name: string): string {
  const disk = machine.disks.get(name)
  const groups = [...machine.groups.values()].filter(({ disks }) => disks.includes(name))
  const pools = [...machine.zpools.values()].filter(({ disks }) => disks.includes(name))
  const signatures = disk?.signatures.map(({ type, uuid }) => `${type} ${uuid}`)
  return JSON.stringify([signatures, groups.map((one) => one.name), pools.map((one) => one.name)])
}

async function carryOut(
  host: SimHost,
  pool: DesiredDevicePool,
  before: () => void = () => undefined,
): Promise<ObservedDevicePool> {
  const stop = new AbortController()
  const told = Promise.withResolvers<ObservedDevicePool>()
  const provisioner = createProvisioner({
    host: {
      ...host.host,
      run: (argv, options) => {
        before()
        return host.host.run(argv, options)
      },
    },
    clock: {
      now: () => 0,
      sleep: (ms) => (ms >= 60_000 ? new Promise(() => {}) : Promise.resolve()),
    },
    log: pino({ level: 'silent' }),
    signal: stop.signal,
    isHalted: () => false,
    onOutcomes: ([outcome]) => outcome && told.resolve(outcome),
  })
  const position = { v: 1 as const, term: 1, from: 1, node: 'n1' }
  provisioner.setNode({ ...position, pools: [], props: {}, devicePools: [pool] })
  void provisioner.run()
  const outcome = await told.promise
  stop.abort()
  return outcome
}

const wish = (
  provider: DesiredDevicePool['provider'],
  named: readonly string[],
): DesiredDevicePool => ({
  backing: provider === 'LVM_THIN' ? 'mine/thin' : 'mine',
  provider,
  owner: '01OWNER',
  state: 'present',
  devices: named.map((name) => ({
    path: `/dev/${name}`,
    sizeKib: 4 * gib,
    serial: `S-${name}`,
  })),
})

test('a disk that holds anything, or that anybody has, is as it was, also when it is named', async () => {
  await fc.assert(
    fc.asyncProperty(surroundings, async ({ conditions, named, provider, intruder }) => {
      const host = machineWith(conditions)
      const pool = wish(provider, named)
      const victim = host.machine.disks.get(named[0] ?? '')
      let left = intruder ?? Number.POSITIVE_INFINITY
      let isTheirs = false
      const outcome = await carryOut(host, pool, () => {
        left -= 1
        if (left !== 0 || !victim || victim.signatures.length > 0) return
        isTheirs = true
        victim.signatures = [{ type: 'ext4', offset: 0x438, magic: '53 ef', uuid: 'theirs' }]
      })
      const isFree = (name: string) =>
        conditions[names.indexOf(name as (typeof names)[number])] === undefined
      const fresh = machineWith(conditions)
      for (const name of names) {
        const isMine = isFree(name) && named.includes(name) && !(isTheirs && name === named[0])
        if (!isMine && !(isTheirs && name === named[0])) {
          expect(stateOf(host, name)).toBe(stateOf(fresh, name))
        }
      }
      if (isTheirs) expect(victim?.signatures).toMatchObject([{ type: 'ext4', uuid: 'theirs' }])
      const isFit = named.every(isFree) && !isTheirs
      expect(outcome.state, outcome.problem).toBe(isFit ? 'present' : 'failed')
      // What came of it goes again, and leaves every disk as it was.
      const gone = await carryOut(host, { ...pool, state: 'absent' })
      expect(gone.state, gone.problem).toBe('absent')
      for (const name of names) {
        if (isTheirs && name === named[0]) continue
        expect(stateOf(host, name)).toBe(stateOf(fresh, name))
      }
    }),
    { numRuns: 200 },
  )
})
