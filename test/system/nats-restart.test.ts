/** The server goes away and comes back: desired documents and observations lived in its memory. */
import { jetstreamManager } from '@nats-io/jetstream'
import { readObservedSubject, streams } from '@varve/events'
import { expect, test } from 'vitest'
import { until } from './harness.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const gib = 1024 * 1024
const nodes = ['n1', 'n2', 'n3']

test('after a restart of the server everything is said again, and nothing was removed', async () => {
  await using simulated = await startSimulated({ nodes })
  const { system } = simulated
  await system.must('resource-group.create', { group: 'all', filter: { placeCount: 3 } })
  const spawn = (definition: string) =>
    system.must('resource-group.spawn', { group: 'all', definition, sizesKib: [gib] })
  // Several documents, so that the new stream is far from the old one's numbers.
  for (const name of ['aa', 'bb', 'cc', 'dd']) await spawn(name)
  for (const name of ['aa', 'bb', 'cc', 'dd']) await simulated.untilDeployed(name, 3)
  const before = await volumesOf(simulated)
  const observed = await observedSubjects(simulated)

  for (const name of ['ee', 'ff']) {
    await system.restartNats()
    await spawn(name)
    await simulated.untilDeployed(name, 3)
  }

  await until('all observations are in the stream again', async () => {
    const found = new Set(await observedSubjects(simulated))
    return observed.every((subject) => found.has(subject)) || undefined
  })
  const wanted = before.map((names) => [...names, 'ee_00000', 'ff_00000'].sort())
  expect(await volumesOf(simulated)).toEqual(wanted)
})

test('a delete that was asked for while the satellites waited for the server is carried out', async () => {
  await using simulated = await startSimulated({ nodes })
  const { system } = simulated
  await system.must('resource-group.create', { group: 'all', filter: { placeCount: 3 } })
  for (const definition of ['kept', 'gone']) {
    await system.must('resource-group.spawn', { group: 'all', definition, sizesKib: [gib] })
    await simulated.untilDeployed(definition, 3)
  }
  await simulated.stopSatellite('n2')
  await system.must('resource-definition.delete', { definition: 'gone' })
  await system.restartNats()
  await simulated.startSatellite('n2')
  await simulated.untilGone('gone')
  expect(await volumesOf(simulated)).toEqual(nodes.map(() => ['kept_00000', 'thin']))
})

/** Names of the logical volumes of each node. */
async function volumesOf({ world }: SimulatedSystem): Promise<string[][]> {
  return Promise.all(
    nodes.map(async (node) => {
      const { stdout } = await world.host(node).host.run(['lvs', '--noheadings', '-o', 'lv_name'])
      return stdout
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '')
        .sort()
    }),
  )
}

async function observedSubjects({ system }: SimulatedSystem): Promise<string[]> {
  const manager = await jetstreamManager(system.client, { checkAPI: false })
  const info = await manager.streams
    .info(streams.observed, { subjects_filter: '>' })
    .catch(() => undefined)
  const subjects = Object.keys(info?.state.subjects ?? {})
  return subjects.filter((subject) => readObservedSubject(subject) !== undefined)
}
