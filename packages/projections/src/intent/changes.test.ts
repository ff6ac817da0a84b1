import { expect, it } from 'vitest'
import { changesBetween } from './changes.ts'
import { Intent } from './schema.ts'

const n1 = { kind: 'Satellite', interfaces: { default: { address: '10.0.0.1' } }, properties: {} }
const now = Intent.parse({
  properties: { 'DrbdOptions/Net/protocol': 'C' },
  nodes: { n1 },
  storagePoolDefinitions: { thin: { properties: {} } },
  storagePools: { n1: { thin: { provider: 'LVM_THIN', backing: 'vg/thin', properties: {} } } },
  resourceGroups: { gold: { filter: { placeCount: 2 }, properties: {}, volumeGroups: { 0: {} } } },
  resourceDefinitions: {
    web: {
      group: 'gold',
      layers: ['DRBD', 'STORAGE'],
      properties: {},
      volumes: { 0: { sizeKib: 1024, properties: {} } },
      resources: { n1: { kind: 'diskful', pool: 'thin', properties: {} } },
    },
  },
})
/** The document with one part of it put in place of another. */
const changed = (part: object) => Intent.parse({ ...now, ...part })
const typesOf = (wanted: Intent, prune = {}) =>
  changesBetween(now, wanted, prune).commands.map(({ type }) => type)

it('leaves alone what the document does not name, in any spelling', () => {
  expect(changesBetween(now, {})).toEqual({ commands: [], impossible: [], left: [] })
  const spelt = { N1: { ...n1, properties: undefined } }
  expect(typesOf(changed({ nodes: spelt }))).toEqual([])
})

it('makes nodes before pools before groups before definitions', () => {
  const wanted = changed({
    resourceDefinitions: {
      ...now.resourceDefinitions,
      db: {
        group: 'silver',
        volumes: { 0: { sizeKib: 4096 } },
        resources: { n2: { pool: 'thin' } },
      },
    },
    resourceGroups: { ...now.resourceGroups, silver: { volumeGroups: { 0: {} } } },
    storagePools: { ...now.storagePools, n2: { thin: { provider: 'LVM_THIN', backing: 'vg/t' } } },
    nodes: {
      n1,
      n2: { interfaces: { data: { address: '10.1.0.2' }, default: { address: '10.0.0.2' } } },
    },
  })
  const { commands } = changesBetween(now, wanted)
  expect(commands).toEqual([
    {
      type: 'node.create',
      args: { node: 'n2', kind: 'Satellite', address: '10.0.0.2', netInterface: 'default' },
    },
    { type: 'net-interface.create', args: { node: 'n2', name: 'data', address: '10.1.0.2' } },
    {
      type: 'storage-pool.create',
      args: { node: 'n2', pool: 'thin', provider: 'LVM_THIN', backing: 'vg/t' },
    },
    { type: 'resource-group.create', args: { group: 'silver', filter: {} } },
    { type: 'volume-group.create', args: { group: 'silver', number: 0 } },
    { type: 'resource-definition.create', args: { definition: 'db', group: 'silver' } },
    { type: 'volume-definition.create', args: { definition: 'db', number: 0, sizeKib: 4096 } },
    {
      type: 'resource.create',
      args: { definition: 'db', node: 'n2', kind: 'diskful', pool: 'thin' },
    },
  ])
})

it('takes back what a group’s filter and the properties do not have any more', () => {
  const wanted = changed({
    properties: { 'Aux/site': 'north' },
    resourceGroups: { gold: { filter: { replicasOnSame: ['Aux/rack'] } } },
  })
  expect(changesBetween(now, wanted).commands).toEqual([
    {
      type: 'controller.modify',
      args: { setProps: { 'Aux/site': 'north' }, deleteProps: ['DrbdOptions/Net/protocol'] },
    },
    {
      type: 'resource-group.modify',
      args: { group: 'gold', filter: { placeCount: null, replicasOnSame: ['Aux/rack'] } },
    },
  ])
})

it('grows volumes', () => {
  const web = now.resourceDefinitions?.web
  const wanted = changed({
    resourceDefinitions: { web: { ...web, volumes: { 0: { sizeKib: 2048 } } } },
  })
  expect(changesBetween(now, wanted).commands).toEqual([
    { type: 'volume-definition.resize', args: { definition: 'web', number: 0, sizeKib: 2048 } },
  ])
})

it('says what no command can do', () => {
  const web = { ...now.resourceDefinitions?.web, layers: ['LUKS', 'STORAGE'] }
  const other = { n1: { thin: { provider: 'LVM', backing: 'vg' } } }
  const wanted = changed({ storagePools: other, resourceDefinitions: { web } })
  const { impossible } = changesBetween(now, wanted)
  expect(impossible).toEqual([
    expect.stringMatching(/^Storage pool thin on node n1 is LVM_THIN vg\/thin: make another pool/),
    expect.stringMatching(/^Resource definition web has layers DRBD,STORAGE, which cannot become/),
  ])
})

it('deletes only what it is told to, and what holds data only if it is told so', () => {
  const empty = Intent.parse({
    nodes: {},
    storagePoolDefinitions: {},
    storagePools: {},
    resourceGroups: {},
    resourceDefinitions: {},
  })
  expect(changesBetween(now, empty)).toMatchObject({
    commands: [],
    left: [
      'resource-definition/web',
      'resource-group/gold',
      'storage-pool/n1/thin',
      'storage-pool-definition/thin',
      'node/n1',
    ],
  })
  const without = ['resource-group', 'storage-pool', 'storage-pool-definition', 'node']
  expect(typesOf(empty, { prune: true })).toEqual(without.map((noun) => `${noun}.delete`))
  expect(typesOf(empty, { pruneData: true })[0]).toBe('resource-definition.delete')
  const web = { ...now.resourceDefinitions?.web, resources: {}, volumes: {} }
  const bare = changed({ resourceDefinitions: { web } })
  expect(typesOf(bare, { prune: true })).toEqual([])
  expect(typesOf(bare, { pruneData: true })).toEqual([
    'resource.delete',
    'volume-definition.delete',
  ])
})
