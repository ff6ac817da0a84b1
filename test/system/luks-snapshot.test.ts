/** Snapshots of encrypted volumes: what was restored opens with the key that its header has. */
import { expect, test } from 'vitest'
import { until } from './harness.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const nodes = ['n1', 'n2'] as const
const mib = 1024
const number = 0

/** `web` on both nodes, opened by `the first words`; it holds `before`, and so does `s1`. */
async function pair() {
  const simulated = await startSimulated({ nodes })
  const { must } = simulated.system
  await must('encryption.create-passphrase', { passphrase: 'correct horse battery staple' })
  await must('resource-definition.create', {
    definition: 'web',
    layers: ['DRBD', 'LUKS', 'STORAGE'],
  })
  await must('volume-definition.create', {
    definition: 'web',
    sizeKib: 32 * mib,
    passphrase: 'the first words',
  })
  for (const node of nodes) {
    await must('resource.create', { definition: 'web', node, pool: 'thin' })
  }
  await simulated.untilDeployed('web', 2)
  use(simulated, 'web', 'before')
  await must('snapshot.create', { definition: 'web', snapshot: 's1' })
  await until('the snapshot is ready', async () => {
    const reply = await simulated.system.query('snapshot', { definition: 'web', snapshot: 's1' })
    return (reply.ok && (reply.data as { status: string }).status === 'ready') || undefined
  })
  return simulated
}

function use({ world }: SimulatedSystem, definition: string, text: string): void {
  const n1 = world.host('n1')
  expect(n1.open(definition)).toBeUndefined()
  expect(n1.write(definition, 1, text)).toBeUndefined()
  n1.close(definition)
}

const contents = ({ world }: SimulatedSystem, definition: string) =>
  nodes.map((node) => world.host(node).replica(definition))

async function rekey(simulated: SimulatedSystem, definition: string, passphrase: string) {
  const { must } = simulated.system
  await must('volume-definition.modify-passphrase', { definition, number, passphrase })
  await quiet(simulated)
}

async function quiet({ system }: SimulatedSystem): Promise<void> {
  await until('no operation runs', async () => {
    const reply = await system.query('operations')
    return (reply.ok && (reply.data as { total: number }).total === 0) || undefined
  })
}

/** Whether these words open the header on n2's storage. */
async function opens({ world }: SimulatedSystem, definition: string, stdin: string) {
  const device = `/dev/vg0/${definition}_00000`
  const argv = ['cryptsetup', 'open', '--test-passphrase', '--key-file', '-', device]
  return (await world.host('n2').host.run(argv, { stdin })).exitCode === 0
}

test('restored, changed and rolled back: each header opens with its own words', async () => {
  await using simulated = await pair()
  const { must } = simulated.system
  await rekey(simulated, 'web', 'other words')
  use(simulated, 'web', 'after')

  await must('snapshot.restore', { definition: 'web', snapshot: 's1', to: 'old' })
  await simulated.untilDeployed('old', 2)
  expect(contents(simulated, 'old')).toEqual(['1=before', '1=before'])
  expect(await opens(simulated, 'old', 'the first words')).toBe(true)
  await rekey(simulated, 'old', 'words of its own')
  expect(await opens(simulated, 'old', 'the first words')).toBe(false)
  expect(await opens(simulated, 'old', 'words of its own')).toBe(true)

  expect(contents(simulated, 'web')).toEqual(['1=after', '1=after'])
  await until('nobody is Primary', async () => {
    const seen = JSON.stringify(await simulated.replicas('web'))
    return !seen.includes('"Primary"') || undefined
  })
  await must('snapshot.rollback', { definition: 'web', snapshot: 's1' })
  await quiet(simulated)
  await simulated.untilDeployed('web', 2)
  expect(contents(simulated, 'web')).toEqual(['1=before', '1=before'])
  expect(await opens(simulated, 'web', 'the first words')).toBe(true)

  // A copy of a copy still knows under whose name its key was kept.
  await must('resource-definition.clone', { definition: 'old', to: 'copy' })
  await simulated.untilDeployed('copy', 2)
  await simulated.crash('n2')
  await simulated.boot('n2')
  for (const definition of ['web', 'old', 'copy']) await simulated.untilDeployed(definition, 2)
  expect(contents(simulated, 'copy')).toEqual(['1=before', '1=before'])
  expect(simulated.world.unknown).toEqual([])
})

test('nothing is opened while the cluster is locked, and nothing is formatted', async () => {
  await using simulated = await pair()
  const { system, world } = simulated
  await simulated.controller.stop()
  await system.startController('c2')
  await system.must('snapshot.restore', { definition: 'web', snapshot: 's1', to: 'old' })
  await until('the closed copy is told', async () => {
    const rows = await simulated.replicas('old')
    return (
      rows.every((row) => row.observed?.failure?.includes('the cluster is locked')) || undefined
    )
  })
  expect(world.host('n1').replica('old')).toBeUndefined()
  const passphrase = 'correct horse battery staple'
  await system.must('encryption.enter-passphrase', { passphrase })
  await simulated.untilDeployed('old', 2)
  expect(contents(simulated, 'old')).toEqual(['1=before', '1=before'])
})
