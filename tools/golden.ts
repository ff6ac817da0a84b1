/**
 * Writes the golden journal of this release: a story with every event there is. Run once per
 * release (`node tools/golden.ts 0.1.0`), never again for the same one: the file is history, and
 * every later release must fold it to the same state hash.
 */
import { hash } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { foldLines, printBlock, printEntry, stateHash } from '@varve/controller'
import { genesis } from '@varve/events'
import { gib, TestCluster } from '@varve/testing'
import { playMoves } from './golden-moves.ts'
import { playParts } from './golden-parts.ts'
import { playPolicies } from './golden-policies.ts'
import { playShared } from './golden-shared.ts'

const [release] = process.argv.slice(2)
const folder = new URL('../packages/controller/testdata/golden/', import.meta.url).pathname
const path = `${folder}${release}.journal`
if (release === undefined || existsSync(path)) {
  console.error('usage: node tools/golden.ts RELEASE, for a release that has no golden journal yet')
  process.exit(2)
}

const cluster = new TestCluster()
cluster.must('leader.elect', { term: 1, controller: 'c1' })
for (const node of ['n1', 'n2', 'n3', 'n4', 'n5']) cluster.node(node)
for (const [member, role] of [
  ['ada', 'admin'],
  ['otto', 'operator'],
] as const) {
  cluster.must('member.add', { member, role, publicKey: `U${role[0]?.toUpperCase().repeat(55)}` })
}
cluster.must('member.revoke', { member: 'otto' })
for (const description of ['kept', 'gone']) {
  const tokenHash = (description === 'kept' ? 'a' : 'b').repeat(64)
  cluster.must('auth-token.create', { tokenHash, description, role: 'viewer' })
}
cluster.must('auth-token.modify', { token: 1, address: '10.9.0.1' })
cluster.must('auth-token.revoke', { token: 2 })
cluster.must('node.modify', { node: 'n5', kind: 'Combined', setProps: { 'Aux/rack': 'r1' } })
cluster.must('net-interface.create', { node: 'n1', name: 'data', address: '10.9.0.1' })
cluster.must('net-interface.modify', { node: 'n1', name: 'data', address: '10.9.0.11', port: 3366 })
cluster.must('net-interface.delete', { node: 'n1', name: 'data' })
cluster.must('storage-pool-definition.create', { pool: 'slow' })
cluster.must('storage-pool-definition.delete', { pool: 'slow' })
cluster.must('storage-pool.create', { node: 'n1', pool: 'disk', provider: 'LVM', backing: 'vg1' })
cluster.must('storage-pool.delete', { node: 'n1', pool: 'disk' })
cluster.must('resource-group.create', { group: 'fast', filter: { placeCount: 2, pools: ['thin'] } })
cluster.must('resource-group.modify', {
  group: 'fast',
  description: 'two copies',
  filter: { disklessOnRemaining: false },
  peerSlots: 5,
})
cluster.must('volume-group.create', { group: 'fast', props: { 'Aux/use': 'data' } })
cluster.must('volume-group.create', { group: 'fast' })
cluster.must('volume-group.delete', { group: 'fast', number: 1 })
cluster.must('resource-group.create', { group: 'old' })
cluster.must('resource-group.delete', { group: 'old' })
cluster.must('resource-group.spawn', { group: 'fast', definition: 'web', sizesKib: [gib] })
const problem = { kind: 'data-full', text: 'vg/thin has no room for data left' } as const
cluster.must('fact.pool-measured', { node: 'n4', pool: 'thin', problem })
cluster.must('fact.pool-measured', { node: 'n4', pool: 'thin' })
cluster.deploy('web', 'n1')
cluster.deploy('web', 'n2')
cluster.must('resource-definition.modify', { definition: 'web', group: 'DfltRscGrp', peerSlots: 6 })
cluster.must('node.modify', { node: 'n5', deleteProps: ['Aux/rack'] })
cluster.must('volume-definition.create', { definition: 'web', sizeKib: gib })
cluster.deploy('web', 'n1')
cluster.deploy('web', 'n2')
cluster.must('volume-definition.delete', { definition: 'web', number: 1 })
const kept = [{ number: 0, disk: 'UpToDate' as const, backingKib: 64 * gib, deviceKib: 64 * gib }]
cluster.deploy('web', 'n1', { volumes: kept })
cluster.deploy('web', 'n2', { volumes: kept })
cluster.must('resource.auto-place', { definition: 'web', filter: { placeCount: 3 } })
cluster.must('volume-definition.resize', { definition: 'web', number: 0, sizeKib: 2 * gib })
for (const node of ['n1', 'n2', 'n3']) cluster.deploy('web', node)
cluster.deploy('web', 'n1')
cluster.must('resource.delete', { definition: 'web', node: 'n1' })
cluster.confirmGone('web', 'n1')
cluster.deploy('web', 'n2')
cluster.must('resource-group.spawn', { group: 'fast', definition: 'db', sizesKib: [gib] })
cluster.must('fact.node-offline', { node: 'n2' })
cluster.must('node.lost', { node: 'n2' })
cluster.must('resource-definition.delete', { definition: 'db' })
for (const node of ['n1', 'n3', 'n4', 'n5']) {
  if (cluster.state.resources.has(`db/${node}`)) cluster.confirmGone('db', node)
}
cluster.must('resource.auto-place', { definition: 'web', filter: { placeCount: 2 } })
for (const node of ['n1', 'n3', 'n4', 'n5']) {
  if (cluster.state.resources.has(`web/${node}`)) cluster.deploy('web', node)
}
cluster.must('node.delete', { node: 'n3' })
cluster.confirmGone('web', 'n3')
const cut = (snapshot: string, state: 'suspended' | 'taken' | 'kept' | 'removed') => {
  const row = cluster.state.snapshots.get(`web/${snapshot}`)
  for (const { node } of row?.nodes ?? []) {
    const seen = { snapshot, owner: row?.origin.entry ?? '', state }
    cluster.deploy('web', node, { snapshots: [seen] })
  }
}
cluster.must('snapshot.create', { definition: 'web', snapshot: 'monday' })
for (const state of ['suspended', 'taken', 'kept'] as const) cut('monday', state)
cluster.must('snapshot.restore', { definition: 'web', snapshot: 'monday', to: 'old' })
for (const { node } of cluster.state.resources.by('definition', 'old')) cluster.deploy('old', node)
for (const node of ['n6', 'n7']) cluster.node(node)
for (const { name, uname: told = name, capabilities: able } of cluster.state.nodes.values()) {
  if (!able) continue
  const described = { node: name, boot: `boot-${name}`, uname: told, capabilities: able }
  cluster.must('fact.node-online', { ...described, publicKey: `key of ${name}` })
}
const send = (to: string, ...told: ('receiving' | 'failed' | 'kept')[]) => {
  cluster.must('snapshot.copy', { definition: 'web', snapshot: 'monday', to, pool: 'thin' })
  const row = cluster.state.snapshots.get('web/monday')
  const copy = row?.nodes.find(({ node }) => node === to)?.copy
  const about = {
    snapshot: 'monday',
    owner: row?.origin.entry ?? '',
    ...(copy?.status === 'receiving' ? { operation: copy.operation } : {}),
    port: 12_000,
  }
  for (const state of told) cluster.deploy('web', to, { snapshots: [{ ...about, state }] })
  return about
}
const failed = send('n6', 'receiving', 'failed')
cluster.deploy('web', 'n6', { snapshots: [{ ...failed, state: 'removed' }] })
for (const node of ['n6', 'n7']) send(node, 'receiving', 'kept')
cluster.must('fact.node-offline', { node: 'n7' })
cluster.must('node.lost', { node: 'n7' })
cluster.must('resource-definition.clone', { definition: 'web', to: 'copy' })
for (const state of ['suspended', 'taken', 'kept'] as const) cut('clone_copy', state)
for (const { node } of cluster.state.resources.by('definition', 'copy')) {
  cluster.deploy('copy', node)
}
cut('clone_copy', 'removed')
cluster.must('resource-definition.create', { definition: 'back', layers: ['STORAGE'] })
cluster.must('volume-definition.create', { definition: 'back', sizeKib: gib })
cluster.must('resource.create', { definition: 'back', node: 'n1', pool: 'thin' })
cluster.deploy('back', 'n1')
cluster.must('snapshot.create', { definition: 'back', snapshot: 'first' })
for (const state of ['taken', 'kept'] as const) {
  const owner = cluster.state.snapshots.get('back/first')?.origin.entry ?? ''
  cluster.deploy('back', 'n1', { snapshots: [{ snapshot: 'first', owner, state }] })
}
const safety = { definition: 'back', snapshot: 'first', safetySnapshot: 'spare' }
cluster.must('snapshot.rollback', safety)
cluster.open('back', 'n1')
for (const state of ['taken', 'kept'] as const) {
  const owner = cluster.state.snapshots.get('back/spare')?.origin.entry ?? ''
  cluster.deploy('back', 'n1', { snapshots: [{ snapshot: 'spare', owner, state }] })
}
cluster.open('back', 'n1', 'Secondary')
cluster.must('snapshot.rollback', { definition: 'back', snapshot: 'first' })
cluster.must('rollback.expire', { definition: 'back' })
cluster.must('snapshot.rollback', { definition: 'back', snapshot: 'first' })
for (const _ of ['down', 'back', 'up']) cluster.deploy('back', 'n1')
cluster.must('snapshot.create', { definition: 'web', snapshot: 'tuesday' })
cluster.must('snapshot.expire', { definition: 'web', snapshot: 'tuesday' })
cluster.must('snapshot.delete', { definition: 'web', snapshot: 'monday' })
cut('monday', 'removed')
cluster.must('resource-group.create', { group: 'files', filter: { placeCount: 1 } })
cluster.must('resource-group.modify', { group: 'files', setProps: { 'FileSystem/Type': 'xfs' } })
cluster.must('resource-group.spawn', { group: 'files', definition: 'share', sizesKib: [gib] })
for (const { node } of cluster.state.resources.by('definition', 'share')) {
  cluster.deploy('share', node, { volumes: [{ number: 0, formatted: true }] })
}
cluster.disks('n1', { path: '/dev/sdb', serial: 'S1' }, { path: '/dev/sdc', wwn: '0x5' })
const wish = { node: 'n1', provider: 'LVM' as const }
const make = 'physical-storage.create-device-pool'
cluster.must(make, { ...wish, devices: ['sdb'], pool: 'made' })
cluster.devicePool('n1', 'linstor_sdb', 'present')
cluster.must(make, { ...wish, devices: ['sdc'], poolName: 'vg9' })
cluster.devicePool('n1', 'vg9', 'failed', 'it holds ext4')
for (const state of ['failed', 'absent'] as const) {
  cluster.must('physical-storage.delete-device-pool', { node: 'n1', poolName: 'vg9' })
  cluster.devicePool('n1', 'vg9', state, 'it is not empty')
}
cluster.vault = {
  isUnlocked: true,
  newKey: () => 'wrapped',
  newSecret: () => ({ wrapped: 'wrapped', fingerprint: '0123' }),
}
cluster.must('encryption.create-passphrase', { passphrase: { wrapped: 'scrypt$closed' } })
cluster.must('encryption.enter-passphrase', { passphrase: { wrapped: 'scrypt$closed' } })
cluster.must('resource-definition.create', { definition: 'shared' })
const { uname = '', capabilities } = cluster.state.nodes.get('n1') ?? {}
if (capabilities) {
  const layers = { ...capabilities.layers, LUKS: { able: true as const } }
  const able = { ...capabilities, layers }
  const described = { boot: 'boot-n1', uname, capabilities: able, publicKey: 'K1' }
  cluster.must('fact.node-online', { node: 'n1', ...described })
}
cluster.must('resource-definition.create', { definition: 'safe', layers: ['LUKS', 'STORAGE'] })
cluster.must('volume-definition.create', { definition: 'safe', sizeKib: gib })
cluster.must('resource.create', { definition: 'safe', node: 'n1', pool: 'thin' })
cluster.must('volume-definition.modify-passphrase', {
  definition: 'safe',
  number: 0,
  passphrase: { wrapped: 'another' },
})
cluster.deploy('safe', 'n1')
cluster.pool('n1', 'ssd', 10 * gib)
cluster.must('resource-definition.create', {
  definition: 'metered',
  layers: ['DRBD', 'STORAGE'],
  props: { StorPoolNameDrbdMeta: 'ssd' },
})
cluster.must('volume-definition.create', { definition: 'metered', sizeKib: gib })
cluster.must('resource.create', { definition: 'metered', node: 'n1', pool: 'thin' })
cluster.deploy('metered', 'n1')
for (const store of ['kept', 'gone']) {
  cluster.must('key-value-store.modify', { store, setProps: { '/a/b': '1', c: '2' } })
}
cluster.must('key-value-store.modify', { store: 'kept', deleteProps: ['c'] })
cluster.must('key-value-store.delete', { store: 'gone' })

for (const file of ['/etc/kept.conf', '/etc/gone.conf']) {
  cluster.must('external-file.modify', { file, content: 'a2VwdA==', altSuffixes: ['.off'] })
  cluster.must('external-file.deploy', { file, definition: 'metered' })
}
cluster.must('external-file.delete', { file: '/etc/gone.conf' })
for (const remote of ['kept', 'gone']) {
  cluster.must('remote.create', { remote, kind: 'linstor', url: 'http://10.9.0.1:3370' })
}
cluster.must('remote.modify', { remote: 'kept', url: 'http://10.9.0.2:3370' })
for (const schedule of ['nightly', 'gone']) {
  cluster.must('schedule.create', { schedule, fullCron: '0 2 * * *' })
}
cluster.must('schedule.modify', { schedule: 'nightly', keepLocal: 3 })
cluster.must('schedule.enable', { schedule: 'nightly', remote: 'kept', definition: 'metered' })
cluster.must('schedule.enable', { schedule: 'gone', remote: 'gone' })
cluster.must('schedule.delete', { schedule: 'gone' })
cluster.must('remote.delete', { remote: 'gone' })

playMoves(cluster)
playPolicies(cluster)
playShared(cluster)
playParts(cluster)

let prev: string = genesis
const lines = cluster.entries.map((entry) => {
  const line = printBlock({ term: 1, prev }, [printEntry(entry)]).toString()
  prev = hash('sha256', line, 'hex')
  return line
})
const state = stateHash(foldLines(lines))
writeFileSync(path, `${lines.join('\n')}\n`)
writeFileSync(`${folder}${release}.state-hash`, `${state}\n`)
console.log(`${lines.length} blocks, state hash ${state}`)
