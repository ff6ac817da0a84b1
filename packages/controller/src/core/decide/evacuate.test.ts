/** A node is emptied: new replicas first, the old ones go when those are whole. */
import { nodeOf, resourceOf, resourcesOn } from '@varve/events'
import { drbd9, gib, TestCluster } from '@varve/testing'
import { expect, test } from 'vitest'
import { pendingEvacuations } from '../operations/evacuation.ts'

const nodes = ['n1', 'n2', 'n3', 'n4']

/** Four nodes; `web` and `db` on n1 and n2, whole. */
function cluster(): TestCluster {
  const made = new TestCluster()
  for (const node of nodes) made.node(node)
  for (const definition of ['web', 'db']) {
    made.must('resource-definition.create', { definition, props: noTieBreaker })
    made.must('volume-definition.create', { definition, sizeKib: gib })
    for (const node of ['n1', 'n2']) {
      made.must('resource.create', { definition, node, pool: 'thin' })
      made.deploy(definition, node)
    }
  }
  return made
}

const noTieBreaker = { 'DrbdOptions/auto-add-quorum-tiebreaker': 'false' }
const running = (made: TestCluster) => [...made.state.operations.values()].map(({ kind }) => kind)
const on = (made: TestCluster, definition: string, node: string) =>
  resourceOf(made.state, definition, node)
/** What the leader does by itself, every half second. */
function lead(made: TestCluster): void {
  for (const command of pendingEvacuations(made.state, made.now, 500)) made.trySend(command)
}

test('replicas get new places, and go when those are whole; then the operation is over', () => {
  const made = cluster()
  made.must('node.evacuate', { node: 'n1', doNotTarget: ['n4'] })
  lead(made)
  expect(on(made, 'web', 'n1')?.leaving).toMatchObject({ by: 'n3' })
  expect(resourcesOn(made.state, 'n4')).toEqual([])
  made.deploy('web', 'n3')
  expect(on(made, 'web', 'n1')?.phase.status).toBe('deleting')
  expect(on(made, 'db', 'n1')?.phase.status).toBe('live')
  made.deploy('db', 'n3')
  for (const definition of ['web', 'db']) made.confirmGone(definition, 'n1')
  expect(running(made)).toEqual([])
  expect(nodeOf(made.state, 'n1')?.evacuation).toBeDefined()
  const again = { definition: 'web', node: 'n1', pool: 'thin' }
  expect(made.refusal('resource.create', again)).toEqual({
    code: 'node-evacuating',
    text: 'Node n1 takes no replicas: it is being emptied, or was.',
  })
  made.must('node.restore', { node: 'n1' })
  made.must('resource.create', again)
})

test('a replacement that told that it is whole before its node counted as back is enough', () => {
  const made = cluster()
  made.must('node.evacuate', { node: 'n1', doNotTarget: ['n4'] })
  lead(made)
  made.must('fact.node-offline', { node: 'n3' })
  made.deploy('web', 'n3')
  expect(on(made, 'web', 'n1')?.phase.status).toBe('live')
  made.must('fact.node-online', { node: 'n3', boot: 'again', uname: 'n3', capabilities: drbd9 })
  expect(on(made, 'web', 'n1')?.phase.status).toBe('deleting')
  expect(on(made, 'db', 'n1')?.phase.status).toBe('live')
})

test('the reply foresees where to, and names what has no place and why', () => {
  const made = cluster()
  for (const node of ['n3', 'n4']) made.must('fact.node-offline', { node })
  made.must('resource-definition.create', { definition: 'plain', layers: ['STORAGE'] })
  made.must('resource.create', { definition: 'plain', node: 'n1', pool: 'thin' })
  made.must('node.evacuate', { node: 'n1' })
  expect(made.entries.at(-1)?.reply).toMatchObject({
    moves: {},
    goingWithoutReplacement: 0,
    blocked: 3,
    withoutAPlace: [
      { definition: 'db', problem: expect.stringContaining('Not enough available nodes') },
      { definition: 'plain', problem: expect.stringContaining('has no DRBD layer') },
      { definition: 'web' },
    ],
  })
  lead(made)
  expect(on(made, 'web', 'n1')?.blocked?.problem).toContain('because it is offline')
  const said = made.entries.length
  made.now += 30_000 - (made.now % 30_000)
  lead(made)
  expect(made.entries.length).toBe(said)
})

test('what has no place is tried again, and what is enough elsewhere just goes', () => {
  const made = cluster()
  for (const node of ['n3', 'n4']) made.must('fact.node-offline', { node })
  made.must('node.evacuate', { node: 'n1' })
  lead(made)
  const { blocked } = on(made, 'web', 'n1') ?? {}
  made.must('resource-group.modify', { group: 'DfltRscGrp', filter: { placeCount: 1 } })
  made.now = (blocked?.at ?? 0) + 30_000
  lead(made)
  expect(on(made, 'web', 'n1')?.phase.status).toBe('deleting')
})

test('never the last good copy: it stays until its replacement is whole', () => {
  const made = cluster()
  made.deploy('web', 'n2', { volumes: [{ number: 0, disk: 'Outdated', backingKib: gib }] })
  made.must('resource-group.modify', { group: 'DfltRscGrp', filter: { placeCount: 1 } })
  made.must('node.evacuate', { node: 'n1' })
  lead(made)
  expect(on(made, 'db', 'n1')?.phase.status).toBe('deleting')
  expect(on(made, 'web', 'n1')?.phase.status).toBe('live')
  made.deploy('web', 'n2')
  expect(on(made, 'web', 'n1')?.phase.status).toBe('deleting')
})

test('asked again it is what runs; restored, what has not begun to go stays', () => {
  const made = cluster()
  made.must('node.evacuate', { node: 'n1' })
  expect(made.must('node.evacuate', { node: 'n1' })).toEqual([])
  expect(made.refusal('node.evacuate', { node: 'n1', target: ['n3'] }).code).toBe('operation-runs')
  lead(made)
  const by = on(made, 'web', 'n1')?.leaving?.by ?? ''
  made.deploy('web', by)
  made.must('node.restore', { node: 'n1' })
  expect(made.entries.at(-1)?.reply).toMatchObject({ extraReplicas: 1 })
  expect(on(made, 'db', 'n1')).toMatchObject({ phase: { status: 'live' }, leaving: undefined })
  expect(running(made)).toEqual(['evacuate-node'])
  made.confirmGone('web', 'n1')
  expect(running(made)).toEqual([])
})

test('a replacement that goes before it is whole is chosen anew', () => {
  const made = cluster()
  made.must('node.evacuate', { node: 'n1' })
  lead(made)
  const first = on(made, 'web', 'n1')?.leaving?.by ?? ''
  made.must('fact.node-offline', { node: first })
  made.must('node.lost', { node: first })
  lead(made)
  const second = on(made, 'web', 'n1')?.leaving?.by
  expect(second).toBeDefined()
  expect(second).not.toBe(first)
})

test('an empty node is empty at once', () => {
  const made = cluster()
  made.must('node.evacuate', { node: 'n4' })
  expect(running(made)).toEqual([])
})

test('evicted by hand it is emptied while it is away, and comes back by hand alone', () => {
  const made = cluster()
  expect(made.refusal('node.evict', { node: 'n1' }).code).toBe('node-online')
  made.must('fact.node-offline', { node: 'n1' })
  made.must('node.evict', { node: 'n1' })
  expect(made.must('node.evict', { node: 'n1' })).toEqual([])
  lead(made)
  expect(on(made, 'web', 'n1')?.leaving?.by).toBeDefined()
  const { uname = '', capabilities } = made.state.nodes.get('n1') ?? {}
  if (!capabilities) throw new Error('n1 has been here')
  made.must('fact.node-online', { node: 'n1', boot: 'again', uname, capabilities })
  expect(made.runPolicies(60 * 24)).toEqual([])
  expect(nodeOf(made.state, 'n1')?.evacuation).toBeDefined()
})

test('taken back it keeps what is needed, and is rid of what there is enough of', () => {
  const made = cluster()
  made.must('fact.node-offline', { node: 'n1' })
  made.must('node.evict', { node: 'n1' })
  lead(made)
  const by = on(made, 'web', 'n1')?.leaving?.by ?? ''
  made.must('node.restore', { node: 'n1' })
  made.deploy('web', by)
  made.must('node.evict', { node: 'n1' })
  made.must('node.restore', { node: 'n1', deleteResources: true })
  expect(on(made, 'web', 'n1')?.phase.status).toBe('deleting')
  // Only n2 has a good one beside it, and the group asks for two.
  expect(on(made, 'db', 'n1')?.phase.status).toBe('live')
})

/** Every node does what the snapshot's document asks of it, once. */
function tell(made: TestCluster, state: 'suspended' | 'taken' | 'kept' | 'removed', node: string) {
  const owner = made.state.snapshots.get('web/monday')?.origin.entry ?? ''
  made.deploy('web', node, { snapshots: [{ snapshot: 'monday', owner, state }] })
}

/** `web` on n1 and n2 with a snapshot of both, and every node can be sent something. */
function withSnapshot(): TestCluster {
  const made = cluster()
  for (const node of nodes) {
    const { uname = '', capabilities } = made.state.nodes.get(node) ?? {}
    if (!capabilities) throw new Error('it is online')
    const about = { node, boot: `boot-${node}`, uname, capabilities, publicKey: `key of ${node}` }
    made.must('fact.node-online', about)
  }
  made.must('snapshot.create', { definition: 'web', snapshot: 'monday' })
  for (const state of ['suspended', 'taken', 'kept'] as const) {
    for (const node of ['n1', 'n2']) tell(made, state, node)
  }
  return made
}

test('its snapshots go along: copied to the replacement first, then deleted here, then it goes', () => {
  const made = withSnapshot()
  made.must('node.evacuate', { node: 'n1', doNotTarget: ['n4'] })
  lead(made)
  made.deploy('web', 'n3')
  const part = (node: string) =>
    made.state.snapshots.get('web/monday')?.nodes.find((one) => one.node === node)
  const copy = part('n3')?.copy
  if (copy?.status !== 'receiving') throw new Error('it is on its way')
  expect(copy.from).toBe('n1')
  expect(on(made, 'web', 'n1')?.phase.status).toBe('live')
  const owner = made.state.snapshots.get('web/monday')?.origin.entry ?? ''
  const { operation } = copy
  const came = { snapshot: 'monday', owner, state: 'kept' as const, operation }
  made.deploy('web', 'n3', { snapshots: [came] })
  expect(part('n1')?.leaving).toBeDefined()
  expect(on(made, 'web', 'n1')?.phase.status).toBe('live')
  tell(made, 'removed', 'n1')
  expect(part('n1')).toBeUndefined()
  expect(on(made, 'web', 'n1')?.phase.status).toBe('deleting')
})

/** The disk on n1 moves to n3, which has all data by now. */
function move(made: TestCluster, more: object = {}): void {
  made.must('resource.toggle-disk', {
    ...{ definition: 'web', node: 'n3', pool: 'thin', migrateFrom: 'n1' },
    ...more,
  })
  made.deploy('web', 'n3')
}

test('a disk that moves takes its snapshots along, whatever evacuations do', () => {
  const made = withSnapshot()
  made.must('controller.modify', { setProps: { CopyAllSnapsOnEvacuate: 'false' } })
  move(made)
  expect(made.state.snapshots.get('web/monday')?.nodes).toMatchObject([
    { node: 'n1' },
    { node: 'n2' },
    { node: 'n3', copy: { status: 'receiving', from: 'n1' } },
  ])
  expect(on(made, 'web', 'n1')?.phase.status).toBe('live')
})

test('or it leaves them where they are, where they go on without it', () => {
  const made = withSnapshot()
  move(made, { leaveSnapshots: true })
  expect(on(made, 'web', 'n1')?.phase.status).toBe('deleting')
  made.confirmGone('web', 'n1')
  expect(made.state.snapshots.get('web/monday')?.nodes).toMatchObject([
    { node: 'n1', copy: { status: 'there', content: 'n1' } },
    { node: 'n2' },
  ])
})

test('a copy that fails keeps the replica, and is not begun again by itself', () => {
  const made = withSnapshot()
  made.must('node.evacuate', { node: 'n1', doNotTarget: ['n4'] })
  lead(made)
  made.deploy('web', 'n3')
  made.must('snapshot.abort-copy', { definition: 'web', snapshot: 'monday', to: 'n3' })
  const said = made.entries.length
  tell(made, 'removed', 'n3')
  made.deploy('web', 'n3')
  expect(made.entries.slice(said).flatMap(({ events }) => events.map(({ type }) => type))).toEqual([
    'snapshot.copy-removed',
  ])
  expect(on(made, 'web', 'n1')?.phase.status).toBe('live')
})

test('who does not want copies keeps what others have, and never loses the last', () => {
  const made = withSnapshot()
  made.must('controller.modify', { setProps: { CopyAllSnapsOnEvacuate: 'false' } })
  made.must('node.evacuate', { node: 'n1', doNotTarget: ['n4'] })
  lead(made)
  made.deploy('web', 'n3')
  expect(made.state.snapshots.get('web/monday')?.nodes).toMatchObject([
    { node: 'n1', leaving: expect.any(String) },
    { node: 'n2' },
  ])
})

test('so many are copied at once as the property says, the next when one of them is whole', () => {
  const made = cluster()
  made.must('node.modify', { node: 'n1', setProps: { 'Varve/EvacuateAtOnce': '1' } })
  made.must('node.evacuate', { node: 'n1', target: ['n3'] })
  const moving = (name: string) => on(made, name, 'n1')?.leaving?.by !== undefined
  lead(made)
  lead(made)
  const [first = '', second = ''] = moving('web') ? ['web', 'db'] : ['db', 'web']
  expect([moving(first), moving(second)]).toEqual([true, false])
  made.deploy(first, 'n3')
  lead(made)
  expect(moving(second)).toBe(true)
})

test('a copy to a node that is away keeps nobody else waiting', () => {
  const made = cluster()
  made.must('node.modify', { node: 'n1', setProps: { 'Varve/EvacuateAtOnce': '1' } })
  made.must('node.evacuate', { node: 'n1' })
  const targets = () => ['web', 'db'].flatMap((name) => on(made, name, 'n1')?.leaving?.by ?? [])
  lead(made)
  const [target = ''] = targets()
  expect(targets()).toHaveLength(1)
  made.must('fact.node-offline', { node: target })
  lead(made)
  expect(targets()).toHaveLength(2)
})

test('of a dead node that had it open, a person says that nobody writes there; then it owes it', () => {
  const made = cluster()
  made.open('web', 'n1')
  made.must('fact.node-offline', { node: 'n1' })
  made.must('node.evict', { node: 'n1' })
  lead(made)
  for (const name of ['web', 'db']) made.deploy(name, on(made, name, 'n1')?.leaving?.by ?? '')
  // What was acknowledged there without its peers would go, so nothing does by itself.
  expect(on(made, 'web', 'n1')?.phase.status).toBe('live')
  made.must('resource.delete', { definition: 'web', node: 'n1', waiveCleanup: true })
  expect(on(made, 'web', 'n1')).toBeUndefined()
  expect(made.state.debts.get('web/n1')).toMatchObject({ volumes: [{ number: 0 }] })
})
