/** Snapshots go from node to node, whole and as differences, and nothing half done is ever left. */
import type { SnapshotDetail, SnapshotRow, StoragePoolRow } from '@varve/projections'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { until } from './harness.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const definition = 'web'
const nodes = ['n1', 'n2', 'n3'] as const
const gib = 1024 * 1024
const mib = 1024

let simulated: SimulatedSystem | undefined
afterEach(async () => {
  await simulated?.[Symbol.asyncDispose]()
  simulated = undefined
})

const hardware = {
  disks: [
    { name: '/dev/sda', sizeKib: 200 * gib },
    { name: '/dev/sdb', sizeKib: 100 * gib },
  ],
  zpools: [{ name: 'tank', disks: ['/dev/sdb'] }],
}

/** `web` on n1 and n2; n3 has no replica. */
async function cluster() {
  const warnings: string[] = []
  const log = pino({ level: 'warn' }, { write: (line) => warnings.push(line) })
  const system = await startSimulated({ nodes, host: () => hardware, log })
  simulated = system
  const { must, query } = system.system
  await must('resource-definition.create', { definition })
  await must('volume-definition.create', { definition, sizeKib: 32 * mib })
  for (const node of ['n1', 'n2']) await must('resource.create', { definition, node, pool: 'thin' })
  await system.untilDeployed(definition, 2)
  const [n1, n3] = [system.world.host('n1'), system.world.host('n3')]
  expect(n1.open(definition)).toBeUndefined()

  async function row(snapshot: string) {
    const reply = await query('snapshots', { definition })
    return reply.ok
      ? (reply.data as { rows: SnapshotRow[] }).rows.find(({ name }) => name === snapshot)
      : undefined
  }
  return {
    ...system,
    warnings,
    must,
    n1,
    n3,
    row,
    async take(snapshot: string) {
      await must('snapshot.create', { definition, snapshot })
      await until('it is ready', async () => (await row(snapshot))?.status === 'ready' || undefined)
    },
    async untilOn(snapshot: string, node: string) {
      await until(`${snapshot} is on ${node}`, async () => {
        const seen = await row(snapshot)
        if (seen?.copyProblems) throw new Error(seen.copyProblems.join('; '))
        return seen?.nodes.includes(node) || undefined
      })
    },
    async listens(snapshot: string) {
      await until('n3 listens', async () => {
        const reply = await query('snapshot', { definition, snapshot })
        if (!reply.ok) return undefined
        const { places } = reply.data as SnapshotDetail
        return places.some(({ copy }) => copy?.status === 'receiving' && copy.port) || undefined
      })
    },
    volumes: (node: string) =>
      [...(system.world.host(node).machine.groups.get('vg0')?.volumes.values() ?? [])]
        .filter(({ kind }) => kind !== 'thin-pool')
        .map(({ name }) => name),
  }
}

test('a copy on a node without a replica is as the original, and is restored and deleted as any other', async () => {
  const { must, n1, n3, take, untilOn, untilDeployed, world, volumes, row, warnings } =
    await cluster()
  expect(n1.write(definition, 1, 'monday')).toBeUndefined()
  await take('s1')
  expect(n1.write(definition, 1, 'tuesday')).toBeUndefined()
  await must('snapshot.copy', { definition, snapshot: 's1', to: 'n3', pool: 'thin' })
  await untilOn('s1', 'n3')
  expect(volumes('n3')).toEqual(['web_00000_s1'])
  const copy = n3.machine.groups.get('vg0')?.volumes.get('web_00000_s1')
  expect(copy).toMatchObject({ active: false, readOnly: true, skipActivation: true })
  await must('snapshot.restore', { definition, snapshot: 's1', to: 'old', nodes: ['n3'] })
  await untilDeployed('old', 1)
  expect(n3.replica('old')).toBe('1=monday')
  await must('snapshot.delete', { definition, snapshot: 's1' })
  await until('it is gone', async () => (await row('s1')) === undefined || undefined)
  expect(volumes('n3')).toEqual(['old_00000'])
  expect(world.unknown).toEqual([])
  // The first connection was enough, and both ends know it.
  expect(warnings.filter((line) => /could not be sent|has not come whole/.test(line))).toEqual([])
})

test('what differs from an older copy is enough, also what has become empty', async () => {
  const { must, n1, n3, take, untilOn, untilDeployed, system } = await cluster()
  for (const block of [1, 2, 3]) expect(n1.write(definition, block, 'monday')).toBeUndefined()
  await take('s1')
  await must('snapshot.copy', { definition, snapshot: 's1', to: 'n3', pool: 'thin' })
  await untilOn('s1', 'n3')
  expect(n1.write(definition, 2, 'tuesday')).toBeUndefined()
  n1.machine.groups.get('vg0')?.volumes.get('web_00000')?.device.content.delete(3)
  await take('s2')
  await must('snapshot.copy', { definition, snapshot: 's2', to: 'n3', from: 'n1', pool: 'thin' })
  await untilOn('s2', 'n3')
  const reply = await system.query('history', { object: `snapshot/${definition}/s2` })
  expect(JSON.stringify(reply)).toMatch(/as what differs from s1/)
  await must('snapshot.delete', { definition, snapshot: 's1' })
  await must('snapshot.restore', { definition, snapshot: 's2', to: 'old', nodes: ['n3'] })
  await untilDeployed('old', 1)
  expect(n3.replica('old')).toBe('1=monday 2=tuesday')
})

test('a cable that is cut, then satellites that are killed on both sides: in the end it is there', async () => {
  const { must, n1, world, take, untilOn, listens, row, startSatellite, stopSatellite, volumes } =
    await cluster()
  expect(n1.write(definition, 1, 'monday')).toBeUndefined()
  await take('s1')
  world.network.cut('n1', 'n3')
  await must('snapshot.copy', { definition, snapshot: 's1', to: 'n3', from: 'n1', pool: 'thin' })
  await listens('s1')
  await stopSatellite('n3')
  await stopSatellite('n1')
  expect((await row('s1'))?.nodes).toEqual(['n1', 'n2'])
  await startSatellite('n1')
  await startSatellite('n3')
  world.network.heal()
  await untilOn('s1', 'n3')
  expect(volumes('n3')).toEqual(['web_00000_s1'])
})

test('one that is given up, and one that has no room, leave nothing and say why', async () => {
  const { must, n3, world, take, listens, row, volumes } = await cluster()
  await take('s1')
  const copy = { definition, snapshot: 's1', to: 'n3' }
  world.network.cut('n1', 'n3')
  await must('snapshot.copy', { ...copy, from: 'n1', pool: 'thin' })
  await listens('s1')
  await must('snapshot.abort-copy', copy)
  const problem = async () => (await row('s1'))?.copyProblems?.join()
  await until('it says why', async () => (await problem())?.includes('aborted') || undefined)
  world.network.heal()
  const stderr = '  Thin pool vg0/thin is full.'
  n3.fault({ argv: ['lvcreate', '--virtualsize'], effect: { kind: 'fail', code: 5, stderr } })
  await until('it can be asked for again', async () => {
    const { ok } = await must('snapshot.copy', { ...copy, pool: 'thin' }).catch(() => ({
      ok: false,
    }))
    return ok || undefined
  })
  await until('it says why', async () => (await problem())?.includes('is full') || undefined)
  await until('nothing is left', async () => volumes('n3').length === 0 || undefined)
  expect((await row('s1'))?.receiving).toBeUndefined()
})

test('what somebody else has made in its place stays as it is, and the copy says so', async () => {
  const { must, n3, take, row, volumes, system } = await cluster()
  const theirs = n3.plantVolume('vg0', 'web_00000_s1', 8 * mib, ['theirs'])
  const image = '/srv/images/web_00000_s1.img'
  n3.plantFile(image, 'precious')
  const backing = '/srv/images'
  await must('storage-pool.create', { node: 'n3', pool: 'images', provider: 'FILE_THIN', backing })
  await until('the pool is measured', async () => {
    const reply = await system.query('storage-pool', { node: 'n3', pool: 'images' })
    return (reply.ok && (reply.data as StoragePoolRow).observed?.freeKib !== undefined) || undefined
  })
  await take('s1')
  for (const pool of ['thin', 'images']) {
    const copy = { definition, snapshot: 's1', to: 'n3', pool }
    await until('it can be asked for', async () => {
      return (await must('snapshot.copy', copy).catch(() => undefined))?.ok || undefined
    })
    await until('it has failed', async () => {
      const seen = await row('s1')
      const isOver = seen?.receiving === undefined
      return (isOver && seen?.copyProblems?.join().includes('no mark of Varve')) || undefined
    })
  }
  expect(volumes('n3')).toEqual(['web_00000_s1'])
  expect([...theirs.tags]).toEqual(['theirs'])
  expect(n3.machine.files.get(image)?.text).toBe('precious')
})

test('images go to thin volumes and back; ZFS goes to ZFS, chain by chain', async () => {
  const { must, take, untilOn, untilDeployed, world, system } = await cluster()
  world.host('n3').plantFile('/srv/images/theirs', '')
  await must('storage-pool.create', {
    node: 'n3',
    pool: 'images',
    provider: 'FILE_THIN',
    backing: '/srv/images',
  })
  for (const node of ['n1', 'n3']) {
    await must('storage-pool.create', { node, pool: 'zfs', provider: 'ZFS', backing: 'tank' })
  }
  await until('the pools are measured', async () => {
    const reply = await system.query('storage-pools', { limit: 100 })
    const rows = reply.ok ? (reply.data as { rows: StoragePoolRow[] }).rows : []
    const own = rows.filter(({ name }) => name === 'images' || name === 'zfs')
    return own.every(({ observed }) => observed?.freeKib !== undefined) || undefined
  })
  const n1 = world.host('n1')
  const n3 = world.host('n3')
  expect(n1.write(definition, 1, 'monday')).toBeUndefined()
  await take('s1')
  await must('snapshot.copy', { definition, snapshot: 's1', to: 'n3', pool: 'images' })
  await untilOn('s1', 'n3')
  await must('snapshot.restore', { definition, snapshot: 's1', to: 'old', nodes: ['n3'] })
  await untilDeployed('old', 1)
  expect(n3.replica('old')).toBe('1=monday')

  const zvol = 'box'
  await must('resource-definition.create', { definition: zvol, layers: ['STORAGE'] })
  await must('volume-definition.create', { definition: zvol, sizeKib: 32 * mib })
  await must('resource.create', { definition: zvol, node: 'n1', pool: 'zfs' })
  const rows = async () => {
    const reply = await system.query('snapshots', { definition: zvol })
    return reply.ok ? (reply.data as { rows: SnapshotRow[] }).rows : []
  }
  for (const snapshot of ['z1', 'z2']) {
    await until('it can be taken', async () => {
      const reply = await must('snapshot.create', { definition: zvol, snapshot }).catch(() => null)
      return reply ?? undefined
    })
    await until('it is ready', async () => (await rows()).at(-1)?.status === 'ready' || undefined)
    await must('snapshot.copy', { definition: zvol, snapshot, to: 'n3', pool: 'zfs' })
    await until('it is on n3', async () => {
      const last = (await rows()).at(-1)
      if (last?.copyProblems) throw new Error(last.copyProblems.join())
      return last?.nodes.includes('n3') || undefined
    })
  }
  const datasets = () => [...(n3.machine.zpools.get('tank')?.datasets.values() ?? [])]
  const holder = datasets().find(({ name }) => name === 'tank/box_00000_z1')
  expect([...(holder?.snapshots.keys() ?? [])]).toEqual(['z1', 'z2'])
  for (const snapshot of ['z1', 'z2']) {
    await must('snapshot.delete', { definition: zvol, snapshot })
    await until('it is gone', async () => {
      return (await rows()).every(({ name }) => name !== snapshot) || undefined
    })
  }
  expect(datasets().map(({ name }) => name)).toEqual(['tank'])
  expect(world.unknown).toEqual([])
})
