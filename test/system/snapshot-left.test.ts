/** Snapshots outlive the replicas that they were taken of, and leave nothing behind when they go. */
import type { NodeDetail, ResourceRow, SnapshotRow } from '@varve/projections'
import { afterEach, expect, test } from 'vitest'
import { until } from './harness.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const definition = 'web'
const gib = 1024 * 1024
const mib = 1024

let simulated: SimulatedSystem | undefined
afterEach(async () => {
  await simulated?.[Symbol.asyncDispose]()
  simulated = undefined
})

/** `web` on n1 in a pool of the kind, with a snapshot of what was written first. */
async function withSnapshot(provider: 'LVM_THIN' | 'ZFS') {
  const system = await startSimulated({
    nodes: ['n1', 'n2'],
    host: () => ({
      disks: [
        { name: '/dev/sda', sizeKib: 200 * gib },
        { name: '/dev/sdb', sizeKib: 100 * gib },
      ],
      zpools: [{ name: 'tank', disks: ['/dev/sdb'] }],
    }),
  })
  simulated = system
  const { must, query } = system.system
  const pool = provider === 'ZFS' ? 'zfs' : 'thin'
  if (provider === 'ZFS')
    await must('storage-pool.create', { node: 'n1', pool, provider, backing: 'tank' })
  const n1 = system.world.host('n1')

  async function rows<T>(name: 'snapshots' | 'resources', of = definition): Promise<T[]> {
    const reply = await query(name, { definition: of })
    return reply.ok ? (reply.data as { rows: T[] }).rows : []
  }
  const replica = async () => {
    await must('volume-definition.create', { definition, sizeKib: 32 * mib })
    await must('resource.create', { definition, node: 'n1', pool })
    await system.untilDeployed(definition, 1)
    expect(n1.open(definition)).toBeUndefined()
  }
  await must('resource-definition.create', { definition })
  await replica()
  expect(n1.write(definition, 1, 'monday')).toBeUndefined()
  await must('snapshot.create', { definition, snapshot: 's1' })
  await until('it is ready', async () => {
    return (await rows<SnapshotRow>('snapshots'))[0]?.status === 'ready' || undefined
  })
  return {
    ...system,
    must,
    n1,
    replica,
    async dropReplica() {
      n1.close(definition)
      await until('it is not in use', async () => {
        const args = { definition, node: 'n1', acceptDataLoss: true }
        return (await must('resource.delete', args).catch(() => undefined)) && true
      })
      await until('it is gone', async () => {
        return (await rows<ResourceRow>('resources')).length === 0 || undefined
      })
    },
    async restore(to: string) {
      await must('snapshot.restore', { definition, snapshot: 's1', to })
      await system.untilDeployed(to, 1)
      expect(n1.replica(to)).toBe('1=monday')
    },
    async dropSnapshot() {
      await must('snapshot.delete', { definition, snapshot: 's1' })
      await until('it is gone', async () => {
        return (await rows<SnapshotRow>('snapshots')).length === 0 || undefined
      })
    },
    /** Everything that lies in the pool, with the snapshots of ZFS. */
    objects: () =>
      provider === 'ZFS'
        ? [...(n1.machine.zpools.get('tank')?.datasets.values() ?? [])].flatMap((each) => [
            each.name,
            ...[...each.snapshots.keys()].map((last) => `${each.name}@${last}`),
          ])
        : [...(n1.machine.groups.get('vg0')?.volumes.keys() ?? [])],
    async drift() {
      const reply = await query('node', { node: 'n1' })
      return reply.ok ? (reply.data as NodeDetail).drift : ['no answer']
    },
  }
}

test('thin volumes: the replica goes, its snapshot is restored, and goes in its turn', async () => {
  const { must, dropReplica, dropSnapshot, restore, objects, world } =
    await withSnapshot('LVM_THIN')
  await dropReplica()
  expect(objects()).toEqual(['thin', 'web_00000_s1'])
  await must('volume-definition.delete', { definition, number: 0 })
  await restore('old')
  await dropSnapshot()
  expect(objects()).toEqual(['thin', 'old_00000'])
  expect(world.unknown).toEqual([])
})

test('ZFS: what is left has another name, also beside a new replica, and goes with its snapshot', async () => {
  const { must, n1, dropReplica, dropSnapshot, replica, restore, objects, drift, ...rest } =
    await withSnapshot('ZFS')
  // Renamed, but not marked yet: whoever comes next sees what it is.
  const busy = { kind: 'fail', code: 1, stderr: "cannot set property for 'tank/…': busy" } as const
  n1.fault({ argv: ['zfs', 'set'], times: 2, effect: busy })
  await dropReplica()
  expect(objects()).toEqual([
    'tank',
    expect.stringMatching(/^tank\/web_00000_[0-9A-Z]{26}$/),
    expect.stringMatching(/^tank\/web_00000_[0-9A-Z]{26}@s1$/),
  ])
  await must('volume-definition.delete', { definition, number: 0 })
  await restore('old')
  await replica()
  expect(n1.write(definition, 1, 'tuesday')).toBeUndefined()
  expect(n1.replica(definition)).toBe('1=tuesday')
  await until('nothing is foreign', async () => (await drift()).length === 0 || undefined)
  await must('resource-definition.delete', { definition: 'old' })
  await rest.untilGone('old')
  await dropSnapshot()
  expect(objects()).toEqual(['tank', 'tank/web_00000'])
  await until('nothing is foreign', async () => (await drift()).length === 0 || undefined)
  expect(rest.world.unknown).toEqual([])
})
