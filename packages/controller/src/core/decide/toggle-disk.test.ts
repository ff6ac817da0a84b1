/** Replicas get a disk or give theirs up, and data is never on fewer good copies than it must be. */
import { type ObservedConnection, resourceOf, volumeOf } from '@varve/events'
import { gib, TestCluster, typesOf } from '@varve/testing'
import { expect, test } from 'vitest'
import { compileResource } from '../desired/compile.ts'

const definition = 'web'

/** `web` on n1 and n2, whole; n3 has nothing; n4 is diskless. */
function cluster(): TestCluster {
  const made = new TestCluster()
  for (const node of ['n1', 'n2', 'n3', 'n4']) made.node(node)
  made.must('resource-definition.create', { definition })
  made.must('volume-definition.create', { definition, sizeKib: gib })
  // In this order there is never need of a tie-breaker.
  made.must('resource.create', { definition, node: 'n4', kind: 'diskless' })
  for (const node of ['n1', 'n2']) made.must('resource.create', { definition, node, pool: 'thin' })
  for (const node of ['n1', 'n2', 'n4']) made.deploy(definition, node)
  return made
}

const on = (made: TestCluster, node: string) => resourceOf(made.state, definition, node)
const running = (made: TestCluster) => [...made.state.operations.values()].map(({ kind }) => kind)
const toggle = (made: TestCluster, node: string, more: object = {}) =>
  made.must('resource.toggle-disk', { definition, node, ...more })

test('a diskless one gets a disk, which is synced whole, and is done when it is UpToDate', () => {
  const made = cluster()
  toggle(made, 'n4')
  expect(on(made, 'n4')).toMatchObject({ kind: 'diskful', adding: { was: 'diskless' } })
  const [volume] = compileResource(made.state, definition, 'n4')?.volumes ?? []
  expect(volume).toMatchObject({
    storage: { pool: 'thin' },
    drbd: { start: { kind: 'full-sync' } },
  })
  made.deploy(definition, 'n4', { volumes: [{ number: 0, disk: 'Inconsistent', backingKib: gib }] })
  expect(running(made)).toEqual(['add-disk'])
  made.deploy(definition, 'n4')
  expect(running(made)).toEqual([])
  expect(on(made, 'n4')?.adding).toBeUndefined()
})

test('the same again is the operation that runs; aborted, it is diskless again', () => {
  const made = cluster()
  toggle(made, 'n4', { to: 'diskful' })
  const [operation] = made.state.operations.keys()
  expect(toggle(made, 'n4', { to: 'diskful' })).toEqual([])
  toggle(made, 'n4', { cancel: true })
  expect(running(made)).toEqual(['remove-disk'])
  expect(made.state.operations.has(operation ?? '')).toBe(false)
  expect(on(made, 'n4')?.kind).toBe('diskless')
  made.deploy(definition, 'n4')
  expect(running(made)).toEqual([])
  expect(made.state.poolUsage.get('n4/thin')?.reservedKib).toBe(0)
  expect(made.refusal('resource.toggle-disk', { definition, node: 'n4', cancel: true }).text).toBe(
    'There is nothing to abort: no disk of web on node n4 is being added or removed.',
  )
})

test('a disk goes: diskless at once, its room is free when its node has removed it', () => {
  const made = cluster()
  toggle(made, 'n2')
  expect(compileResource(made.state, definition, 'n2')).toMatchObject({
    kind: 'diskless',
    volumes: [{ number: 0, storage: undefined }],
    removed: [{ number: 0, storage: { name: 'web_00000' } }],
  })
  expect(made.state.poolUsage.get('n2/thin')?.reservedKib).toBe(gib)
  const since = on(made, 'n2')?.removing?.since ?? 0
  made.deploy(definition, 'n2', { from: since - 1 })
  expect(running(made)).toEqual(['remove-disk'])
  made.deploy(definition, 'n2', { from: since })
  expect(running(made)).toEqual([])
  expect(made.state.poolUsage.get('n2/thin')?.reservedKib).toBe(0)
  expect(volumeOf(made.state, definition, 'n2', 0)?.pool).toBeUndefined()
})

test('a removal that is turned back keeps the volume, and waits until it is UpToDate again', () => {
  const made = cluster()
  const owner = volumeOf(made.state, definition, 'n2', 0)?.origin.entry
  toggle(made, 'n2')
  toggle(made, 'n2')
  expect(running(made)).toEqual(['add-disk'])
  expect(compileResource(made.state, definition, 'n2')).toMatchObject({
    kind: 'diskful',
    removed: [],
    volumes: [{ storage: { owner }, drbd: { start: { kind: 'full-sync' } } }],
  })
  made.deploy(definition, 'n2')
  expect(running(made)).toEqual([])
})

test('the last good copy stays, also when what a node said before it went away was good', () => {
  const made = cluster()
  made.must('fact.node-offline', { node: 'n2' })
  const refused = made.refusal('resource.toggle-disk', { definition, node: 'n1' })
  expect(refused.text).toBe('Node n1 holds the last UpToDate copy of web.')
  expect(made.refusal('resource.delete', { definition, node: 'n1' }).code).toBe('last-good-copy')
  see(made, 'n1', [{ peer: 'n2', state: 'Connected', volumes: [upToDate] }])
  toggle(made, 'n1')
  expect(running(made)).toEqual(['remove-disk'])
})

test('who has it open keeps the disk unless a peer serves it at once', () => {
  const made = cluster()
  made.open(definition, 'n1')
  expect(made.refusal('resource.toggle-disk', { definition, node: 'n1' }).text).toContain(
    'it is Primary on node n1 and not connected to an UpToDate peer',
  )
  see(made, 'n1', [{ peer: 'n2', state: 'Connected', volumes: [upToDate] }], 'Primary')
  toggle(made, 'n1')
  expect(on(made, 'n1')?.kind).toBe('diskless')
})

test('a replica moves: the source goes when the target is UpToDate and nobody has it open', () => {
  const made = cluster()
  toggle(made, 'n3', { migrateFrom: 'n1' })
  expect(running(made)).toEqual(['migrate-disk'])
  expect(on(made, 'n1')?.leaving).toMatchObject({ by: 'n3' })
  made.open(definition, 'n1')
  made.deploy(definition, 'n3')
  expect(on(made, 'n1')?.phase.status).toBe('live')
  made.open(definition, 'n1', 'Secondary')
  expect(typesOf(made.deploy(definition, 'n1'))).toContain('resource.deletion-started')
  expect(running(made)).toEqual(['migrate-disk'])
  made.confirmGone(definition, 'n1')
  expect(running(made)).toEqual([])
  expect(on(made, 'n1')).toBeUndefined()
})

test('a move whose target goes leaves the source as it was', () => {
  const made = cluster()
  toggle(made, 'n3', { migrateFrom: 'n1' })
  made.must('fact.node-offline', { node: 'n3' })
  made.must('node.lost', { node: 'n3' })
  expect(running(made)).toEqual([])
  expect(on(made, 'n1')).toMatchObject({ phase: { status: 'live' }, leaving: undefined })
})

test('a contradicting one is refused by the name of what runs', () => {
  const made = cluster()
  toggle(made, 'n3', { migrateFrom: 'n1' })
  const [operation] = made.state.operations.keys()
  for (const wanted of [
    { definition, node: 'n1', to: 'diskless' as const },
    { definition, node: 'n4', migrateFrom: 'n1' },
    { definition, node: 'n3', migrateFrom: 'n2' },
  ]) {
    const refused = made.refusal('resource.toggle-disk', wanted)
    expect(refused.code).toBe('operation-runs')
    expect(refused.text).toContain(operation)
  }
})

test('without DRBD no other node has the data, and 8.4 knows no diskless peers', () => {
  const made = new TestCluster()
  made.node('n1')
  made.must('resource-definition.create', { definition, layers: ['STORAGE'] })
  expect(made.refusal('resource.toggle-disk', { definition, node: 'n1' }).code).toBe(
    'not-supported',
  )
})

test('available: a tie-breaker is taken over, a diskless one gets a disk, 8.4 gets one at once', () => {
  const made = cluster()
  made.must('resource.delete', { definition, node: 'n4' })
  made.confirmGone(definition, 'n4')
  expect(on(made, 'n3')?.kind).toBe('tie-breaker')
  made.must('resource.make-available', { definition, node: 'n3' })
  expect(on(made, 'n3')?.kind).toBe('diskless')
  expect(made.must('resource.make-available', { definition, node: 'n3' })).toEqual([])
  made.must('resource.make-available', { definition, node: 'n3', diskful: true })
  expect(on(made, 'n3')).toMatchObject({ kind: 'diskful', diskfulBy: 'make-available' })
  made.must('resource.make-available', { definition, node: 'n4' })
  expect(on(made, 'n4')?.kind).toBe('diskless')
})

test('available without DRBD is with a disk', () => {
  const made = new TestCluster()
  made.node('n1')
  made.must('resource-definition.create', { definition, layers: ['STORAGE'] })
  made.must('volume-definition.create', { definition, sizeKib: gib })
  made.must('resource.make-available', { definition, node: 'n1' })
  expect(on(made, 'n1')?.kind).toBe('diskful')
})

const upToDate = { number: 0, replication: 'Established', peerDisk: 'UpToDate' }

function see(
  made: TestCluster,
  node: string,
  connections: ObservedConnection[],
  role: 'Primary' | 'Secondary' = 'Secondary',
): void {
  made.open(definition, node, role)
  const seen = made.resources.get(`${definition}/${node}`)
  if (seen) made.resources.set(`${definition}/${node}`, { ...seen, connections })
}
