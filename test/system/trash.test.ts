/** A definition is deleted, waits in the trash, and comes back with its data, whoever is killed. */
import { afterEach, expect, test } from 'vitest'
import { until } from './harness.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'
import { varve } from './varve.ts'

const definition = 'web'

let simulated: SimulatedSystem | undefined
afterEach(async () => {
  await simulated?.[Symbol.asyncDispose]()
  simulated = undefined
})

/** A pair on n1 and n2 that holds `text`, in a cluster that keeps what is deleted for an hour. */
async function pair(text: string) {
  simulated = await startSimulated({ nodes: ['n1', 'n2'] })
  const { system, world } = simulated
  const { must } = system
  await must('controller.modify', { setProps: { 'Varve/Trash/Retention': '60' } })
  await must('resource-definition.create', { definition })
  await must('volume-definition.create', { definition, sizeKib: 32 * 1024 })
  for (const node of ['n1', 'n2']) {
    await must('resource.create', { definition, node, pool: 'thin' })
  }
  await simulated.untilDeployed(definition, 2)
  const host = world.host('n1')
  expect(host.open(definition)).toBeUndefined()
  expect(host.write(definition, 1, text)).toBeUndefined()
  host.close(definition)
  return { ...simulated, host }
}

const volumesOn = ({ world }: SimulatedSystem, node: string) =>
  [...(world.host(node).machine.groups.get('vg0')?.volumes.keys() ?? [])].filter((name) =>
    name.startsWith(definition),
  )

test('it is down on all nodes, keeps its storage, and comes back as it was, without a sync', async () => {
  const it = await pair('precious')
  const { system } = it
  const kept = volumesOn(it, 'n1')
  // One node is away meanwhile, and closes it when it is back.
  await it.crash('n2')
  expect(await varve(system, `resource-definition delete ${definition}`)).toMatchObject({
    code: 0,
    out: expect.stringContaining('it stays until'),
  })
  await it.boot('n2')
  await it.startSatellite('n2')
  const closed = await until('all have closed it', async () => {
    const { out } = await varve(system, 'trash list -o json')
    const [row] = JSON.parse(out) as { definition: string; openOn: string[] }[]
    return row?.openOn.length === 0 ? row : undefined
  })
  expect(closed).toMatchObject({ definition, resources: 2 })
  for (const node of ['n1', 'n2']) {
    expect(volumesOn(it, node)).toEqual(kept)
    expect(it.world.host(node).open(definition)).toBeDefined()
  }
  const again = await varve(system, `resource-definition create ${definition}`)
  expect(again).toMatchObject({ code: 8, err: expect.stringContaining('varve trash restore web') })

  await it.stopSatellite('n1')
  const restored = varve(system, `trash restore ${definition}`)
  await it.startSatellite('n1')
  expect(await restored).toMatchObject({ code: 0 })
  expect(it.host.open(definition)).toBeUndefined()
  expect(it.host.read(definition, 1)).toBe('precious')
  it.host.close(definition)
  for (const node of ['n1', 'n2']) {
    expect(it.world.host(node).replica(definition)).toBe('1=precious')
  }
})

test('another controller takes over; undo brings it back, and purging lets nothing stay', async () => {
  const it = await pair('mine')
  const { system } = it
  const deleted = await system.must('resource-definition.delete', { definition })
  await it.controller.stop()
  await system.startController('c2')
  expect(await varve(system, `undo ${deleted.sequence}`)).toMatchObject({ code: 0 })
  await it.untilDeployed(definition, 2)
  expect(it.world.host('n2').replica(definition)).toBe('1=mine')
  await system.must('resource-definition.delete', { definition })
  expect(await varve(system, `trash purge ${definition}`)).toMatchObject({ code: 0 })
  for (const node of ['n1', 'n2']) expect(volumesOn(it, node)).toEqual([])
  expect(it.world.unknown).toEqual([])
})
