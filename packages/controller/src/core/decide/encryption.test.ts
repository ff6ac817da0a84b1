import { gib, TestCluster, typesOf } from '@varve/testing'
import { expect, test } from 'vitest'
import { compileResource } from '../desired/compile.ts'

const layers = ['DRBD', 'LUKS', 'STORAGE'] as const
const encrypted = { ...layersOf(), drbdKernel: '9.2.18', drbdUtils: '9.22.0' }

function layersOf() {
  const able = { able: true } as const
  return {
    providers: { LVM_THIN: able, DISKLESS: able },
    layers: { DRBD: able, LUKS: able, STORAGE: able },
  }
}

/** Ciphertext stands for itself here: what it is made of is the vault's business. */
function cluster(isUnlocked = true): TestCluster {
  const made = new TestCluster()
  for (const node of ['n1', 'n2', 'n3']) made.node(node, { capabilities: encrypted })
  let keys = 0
  made.vault = {
    get isUnlocked() {
      return isUnlocked
    },
    newKey: (definition) => {
      keys += 1
      return isUnlocked ? `wrapped key ${keys} of ${definition}` : undefined
    },
    newSecret: (definition) =>
      isUnlocked ? { wrapped: `secret of ${definition}`, fingerprint: 'F1' } : undefined,
  }
  return made
}

const master = { wrapped: 'scrypt$master' }
const spawn = { group: 'DfltRscGrp', definition: 'Web', sizesKib: [gib], filter: { layers } }
const spawned = { ...spawn, filter: { layers: [...layers] } }

test('without a passphrase nothing can be encrypted, and the refusal says how to begin', () => {
  const { refusal } = bound(cluster())
  expect(refusal('resource-group.spawn', spawned).code).toBe('no-passphrase')
})

test('while the cluster is locked no new volume is encrypted, other commands go on', () => {
  const one = cluster(false)
  one.must('encryption.create-passphrase', { passphrase: master })
  expect(one.refusal('resource-group.spawn', spawned).code).toBe('locked')
  one.must('resource-group.spawn', { group: 'DfltRscGrp', definition: 'plain', sizesKib: [gib] })
})

test('every volume gets a key of its own, told as ciphertext', () => {
  const one = cluster()
  one.must('encryption.create-passphrase', { passphrase: master })
  const events = one.must('resource-group.spawn', { ...spawned, sizesKib: [gib, gib] })
  const keys = events.flatMap((event) =>
    event.type === 'volume-definition.key-set' ? [event.key] : [],
  )
  expect(keys).toEqual(['wrapped key 1 of web', 'wrapped key 2 of web'])
  expect(one.state.volumeDefinitions.get('web/1')?.luksKey).toBe('wrapped key 2 of web')
})

test('passphrases of volumes come one for each, and only where there is a LUKS layer', () => {
  const one = cluster()
  one.must('encryption.create-passphrase', { passphrase: master })
  const own = [{ wrapped: 'mine' }]
  const two = { ...spawned, sizesKib: [gib, gib], volumePassphrases: own }
  expect(one.refusal('resource-group.spawn', two).text).toContain('1 were given for 2 volumes')
  const plain = { group: 'DfltRscGrp', definition: 'plain', sizesKib: [gib] }
  expect(one.refusal('resource-group.spawn', { ...plain, volumePassphrases: own }).text).toContain(
    'plain has no LUKS layer',
  )
  one.must('resource-group.spawn', { ...spawned, volumePassphrases: own })
  expect(one.state.volumeDefinitions.get('web/0')?.luksKey).toBe('mine')
})

test('connections get another secret, or their first, while all of them stand', () => {
  const one = cluster()
  const web = { group: 'DfltRscGrp', definition: 'web', sizesKib: [gib], filter: { placeCount: 2 } }
  one.must('resource-group.spawn', web)
  const renew = { definition: 'web', newSecret: true }
  expect(one.refusal('resource-definition.modify', renew).code).toBe('no-passphrase')
  one.must('encryption.create-passphrase', { passphrase: master })
  const nodes = one.state.resources.by('definition', 'web').map(({ node }) => node)
  const see = (node: string, state: 'Connected' | 'Connecting') => {
    one.open('web', node, 'Secondary')
    const seen = one.resources.get(`web/${node}`)
    const connections = nodes
      .filter((peer) => peer !== node)
      .map((peer) => ({ peer, state, volumes: [] }))
    if (seen) one.resources.set(`web/${node}`, { ...seen, connections })
  }
  for (const node of nodes) see(node, 'Connected')
  see('n2', 'Connecting')
  expect(one.refusal('resource-definition.modify', renew)).toMatchObject({ code: 'not-connected' })
  see('n2', 'Connected')
  const events = one.must('resource-definition.modify', renew)
  expect(typesOf(events)).toEqual(['resource-definition.secret-set'])
  expect(one.state.definitions.get('web')?.secret).toEqual({
    wrapped: 'secret of web',
    fingerprint: 'F1',
  })
  one.must('fact.node-offline', { node: 'n1' })
  expect(one.refusal('resource-definition.modify', renew).code).toBe('node-offline')
})

test('a passphrase that nobody has encrypted is never written down', () => {
  const one = cluster()
  const refused = one.refusal('encryption.create-passphrase', { passphrase: 'plain words' })
  expect(JSON.stringify(refused)).not.toContain('plain words')
  one.must('encryption.create-passphrase', { passphrase: master })
  one.must('resource-group.spawn', { ...spawned, volumePassphrases: ['plain words'] })
  expect(JSON.stringify(one.entries)).not.toContain('plain words')
  expect(JSON.stringify(one.entries)).toContain('***')
})

test('entering it wakes the documents of encrypted resources, and is told for this term only', () => {
  const one = cluster()
  one.must('leader.elect', { term: 1, controller: 'c1' })
  one.must('encryption.create-passphrase', { passphrase: master })
  expect(one.state.encryption.get('')?.unlockedTerm).toBe(1)
  one.must('leader.elect', { term: 2, controller: 'c2' })
  expect(one.state.encryption.get('')?.unlockedTerm).toBe(1)
  const wrong = one.refusal('encryption.enter-passphrase', { passphrase: { wrapped: 'older' } })
  expect(wrong.code).toBe('wrong-passphrase')
  const events = one.must('encryption.enter-passphrase', { passphrase: master })
  expect(typesOf(events)).toEqual(['encryption.unlocked'])
  expect(one.state.encryption.get('')?.unlockedTerm).toBe(2)
})

test('a document carries the key sealed to its node, or the reason why it cannot', () => {
  const one = cluster()
  one.must('encryption.create-passphrase', { passphrase: master })
  one.must('resource-group.spawn', spawned)
  const [node = ''] = one.state.resources
    .by('definition', 'web')
    .filter((row) => row.kind === 'diskful')
    .map((row) => row.node)
  const seal = ({ wrapped, publicKey }: { wrapped: string; publicKey: string }) => ({
    state: 'sealed' as const,
    sealed: `${wrapped} for ${publicKey}`,
  })
  const keyNow = () => compileResource(one.state, 'web', node, { seal })?.volumes[0]?.luks?.key
  expect(keyNow()).toMatchObject({ state: 'unavailable' })
  one.must('fact.node-online', {
    node,
    boot: 'next',
    uname: node,
    capabilities: encrypted,
    publicKey: 'K1',
  })
  expect(keyNow()).toEqual({ state: 'sealed', sealed: 'wrapped key 1 of web for K1' })
})

test('storage holds header, metadata and data; replicas are synced whole under different keys', () => {
  const one = cluster()
  one.must('encryption.create-passphrase', { passphrase: master })
  one.must('resource-group.spawn', spawned)
  const documents = ['n1', 'n2', 'n3'].flatMap(
    (node) => compileResource(one.state, 'web', node)?.volumes ?? [],
  )
  const diskful = documents.filter((volume) => volume.storage)
  // 1 GiB, 264 KiB of DRBD metadata, 16 MiB of LUKS header, in extents of 4 MiB.
  expect(diskful.map((volume) => volume.storage?.sizeKib)).toEqual([
    gib + 20 * 1024,
    gib + 20 * 1024,
  ])
  expect(diskful.map((volume) => volume.drbd?.start.kind).sort()).toEqual(['full-sync', 'source'])
})

test('another passphrase waits for each node that has the volume, then the old one is gone', () => {
  const one = cluster()
  one.must('encryption.create-passphrase', { passphrase: master })
  const change = (definition: string) => ({
    definition,
    number: 0,
    passphrase: { wrapped: 'new words' },
  })
  one.must('resource-group.spawn', { group: 'DfltRscGrp', definition: 'plain', sizesKib: [gib] })
  expect(one.refusal('volume-definition.modify-passphrase', change('plain')).text).toContain(
    'plain/0 is not encrypted',
  )
  one.must('resource-group.spawn', spawned)
  const [first = '', second = ''] = one.state.resources
    .by('definition', 'web')
    .filter((row) => row.kind === 'diskful')
    .map((row) => row.node)
  const before = one.sequence
  const events = one.must('volume-definition.modify-passphrase', change('web'))
  expect(typesOf(events)).toEqual(['operation.started', 'volume-definition.key-change-started'])
  const rowNow = () => one.state.volumeDefinitions.get('web/0')
  expect(rowNow()).toMatchObject({
    luksKey: 'new words',
    rekeying: { previous: 'wrapped key 1 of web', waiting: [first, second].sort() },
  })
  expect(one.refusal('volume-definition.modify-passphrase', change('web')).code).toBe(
    'operation-runs',
  )
  const previousOn = (node: string) =>
    compileResource(one.state, 'web', node)?.volumes[0]?.luks?.previous
  expect(previousOn(first)).toBeDefined()
  // What the node had applied before says nothing about the change.
  one.deploy('web', first, { from: before })
  expect(previousOn(first)).toBeDefined()
  one.deploy('web', first)
  expect(previousOn(first)).toBeUndefined()
  expect(previousOn(second)).toBeDefined()
  expect(one.state.operations.size).toBe(1)
  one.must('resource.delete', { definition: 'web', node: second })
  one.confirmGone('web', second)
  expect(rowNow()?.rekeying).toBeUndefined()
  expect([...one.state.operations.values()].map(({ kind }) => kind)).not.toContain(
    'change-passphrase',
  )
})

test('connections of a new resource get a shared secret, where there is a key to keep it under', () => {
  const one = cluster()
  const plain = (definition: string) => ({ group: 'DfltRscGrp', definition, sizesKib: [gib] })
  one.must('resource-group.spawn', plain('before'))
  one.must('encryption.create-passphrase', { passphrase: master })
  one.must('resource-group.spawn', plain('after'))
  expect(one.state.definitions.get('before')?.secret).toBeUndefined()
  expect(one.state.definitions.get('after')?.secret?.wrapped).toBe('secret of after')
  const documents = ['n1', 'n2', 'n3'].flatMap((node) => {
    const document = compileResource(one.state, 'after', node)
    return document?.state === 'present' ? [document.drbd?.secret] : []
  })
  expect(documents).toHaveLength(3)
  for (const secret of documents) {
    expect(secret).toMatchObject({ fingerprint: 'F1', key: { state: 'unavailable' } })
  }
})

function bound(one: TestCluster) {
  return { refusal: one.refusal.bind(one) }
}
