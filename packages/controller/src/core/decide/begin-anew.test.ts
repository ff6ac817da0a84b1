/** Replicas that are all gone: the next one is the first of a new volume, and nothing of before is. */
import { keyOf, resourceOf, volumeDefinitionOf, volumeOf } from '@varve/events'
import { gib, TestCluster } from '@varve/testing'
import { expect, test } from 'vitest'

const definition = 'web'
const thin = (node: string) => ({ definition, node, pool: 'thin' })

/** `web` on n1 and n2, whole and once in use; n3 is free. */
function cluster(): TestCluster {
  const made = new TestCluster()
  for (const node of ['n1', 'n2', 'n3']) made.node(node)
  const props = { 'DrbdOptions/auto-add-quorum-tiebreaker': 'false' }
  made.must('resource-definition.create', { definition, props })
  made.must('volume-definition.create', { definition, sizeKib: gib })
  for (const node of ['n1', 'n2']) {
    made.must('resource.create', thin(node))
    made.deploy(definition, node)
  }
  return made
}

const row = (made: TestCluster) => {
  const found = volumeDefinitionOf(made.state, definition, 0)
  if (!found) throw new Error('web/0 is gone')
  return found
}

function remove(made: TestCluster, node: string, more: object = {}): void {
  made.must('resource.delete', { definition, node, ...more })
  if (resourceOf(made.state, definition, node)) made.confirmGone(definition, node)
}

test('a replica that comes after all are gone is a source, with generations of its own', () => {
  const made = cluster()
  const before = row(made)
  expect(before).toMatchObject({ initialized: true, source: { node: 'n1' } })
  remove(made, 'n2')
  remove(made, 'n1', { acceptDataLoss: true })
  made.must('resource.create', thin('n3'))
  expect(row(made)).toMatchObject({ initialized: false, source: { node: 'n3' } })
  expect(row(made).day0).not.toBe(before.day0)
  expect(row(made).source?.generation).not.toBe(before.source?.generation)
  expect(volumeOf(made.state, definition, 'n3', 0)?.isLate).toBeUndefined()
  made.deploy(definition, 'n3')
  made.must('resource.create', thin('n1'))
  expect(volumeOf(made.state, definition, 'n1', 0)?.isLate).toBe(true)
})

test('not while one is still on its way out, nor while a disk is being taken away', () => {
  const made = cluster()
  const { day0 } = row(made)
  remove(made, 'n2')
  made.must('resource.delete', { definition, node: 'n1', acceptDataLoss: true })
  made.must('resource.create', thin('n3'))
  expect(row(made)).toMatchObject({ initialized: true, day0 })
})

test('not while an absent node holds data, unless somebody says that it never returns', () => {
  const made = cluster()
  made.must('fact.node-offline', { node: 'n2' })
  made.must('resource.delete', { definition, node: 'n2', waiveCleanup: true })
  remove(made, 'n1', { acceptDataLoss: true })
  expect(made.state.debts.has(keyOf(definition, 'n2'))).toBe(true)
  expect(made.refusal('resource.create', thin('n3'))).toMatchObject({ code: 'debt-open' })
  made.must('debt.forgive', { node: 'n2', definition })
  made.must('resource.create', thin('n3'))
  expect(row(made)).toMatchObject({ initialized: false, source: { node: 'n3' } })
})

test('not under somebody who has it open without a disk', () => {
  const made = cluster()
  made.must('resource.create', { definition, node: 'n3', kind: 'diskless' })
  remove(made, 'n2')
  made.must('fact.node-offline', { node: 'n1' })
  made.must('node.lost', { node: 'n1' })
  made.open(definition, 'n3')
  expect(made.refusal('resource.create', thin('n2'))).toMatchObject({ code: 'in-use' })
  expect(made.refusal('resource.toggle-disk', thin('n3'))).toMatchObject({ code: 'in-use' })
  made.open(definition, 'n3', 'Secondary')
  made.must('resource.toggle-disk', thin('n3'))
  expect(row(made)).toMatchObject({ initialized: false, source: { node: 'n3' } })
})

test('a file system is made again, on the new one', () => {
  const made = new TestCluster()
  for (const node of ['n1', 'n2']) made.node(node)
  const props = { 'FileSystem/Type': 'ext4' }
  made.must('resource-definition.create', { definition, props })
  made.must('volume-definition.create', { definition, sizeKib: gib })
  made.must('resource.create', thin('n1'))
  const volume = { number: 0, disk: 'UpToDate' as const, backingKib: 2 * gib, deviceKib: 2 * gib }
  made.deploy(definition, 'n1', { volumes: [{ ...volume, formatted: true }] })
  expect(row(made).format).toMatchObject({ node: 'n1', done: true })
  remove(made, 'n1', { acceptDataLoss: true })
  made.must('resource.create', thin('n2'))
  expect(row(made).format).toMatchObject({ node: 'n2', done: false })
})
