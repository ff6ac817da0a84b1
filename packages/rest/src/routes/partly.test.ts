/** What of an endpoint is not there is refused by name, and nothing is done of the request. */
import type { CommandReply } from '@varve/events'
import { exampleReports, exampleStory, seen } from '@varve/projections/testing'
import { expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { routes } from './index.ts'

const world = exampleStory().world(seen(exampleReports()))
const sent: string[] = []
const accepted: CommandReply = { ok: true, id: '01', sequence: 1 }
const app = createApp({
  routes,
  waitMs: 0,
  ports: {
    world: () => world,
    past: (_, __, ask) => ask(world),
    barrier: async () => 1,
    reach: async () => true,
    onChange: () => ({ [Symbol.dispose]: () => undefined }),
    command: async (type) => {
      sent.push(type)
      return accepted
    },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  },
})

const other = { layer_list: ['LUKS', 'STORAGE'] }
const resources = '/v1/resource-definitions/{resource}/resources'
const one = `${resources}/{node}`
const restore = '/v1/resource-definitions/{resource}/snapshot-restore-resource/{snapshot}'
const rollback = '/v1/resource-definitions/{resource}/snapshot-rollback/{snapshot}'
const disks = { provider_kind: 'LVM', device_paths: ['/dev/sda'] }

/** Endpoint → bodies of which each has one thing that is refused. */
const examples: Readonly<Record<string, readonly object[]>> = {
  'POST /v1/physical-storage/{node}': [
    { ...disks, vdo_enable: true },
    { ...disks, sed: true },
    { ...disks, raid_level: 'RAID5' },
    { ...disks, with_storage_pool: { name: 'p', shared_space: 'san' } },
  ],
  'POST /v1/resource-definitions': [
    { resource_definition: { name: 'new' }, drbd_transport_type: 'RDMA' },
  ],
  'PUT /v1/resource-definitions/{resource}': [
    { drbd_port: 7999 },
    { layer_stack: ['LUKS', 'STORAGE'] },
  ],
  'POST /v1/resource-definitions/{resource}/autoplace': [other],
  'POST /v1/resource-definitions/{resource}/clone': [
    { name: 'copy', ...other },
    { name: 'copy', volume_passphrases: ['secret'] },
  ],
  [`POST ${resources}`]: [[{ resource: { node_name: 'n3' }, ...other }]],
  [`POST ${one}`]: [other, { resource: { flags: ['EBS_INITIATOR'] } }],
  [`PUT ${one}`]: [{ drbd_tiebreaker: true }],
  [`POST ${one}/make-available`]: [{ drbd_tcp_ports: [7999] }, other],
  ...Object.fromEntries(
    [
      ...['toggle-disk', 'toggle-disk/diskless', 'toggle-disk/diskless/{disklesspool}'],
      ...['toggle-disk/diskful', 'toggle-disk/diskful/{storagepool}'],
      ...['migrate-disk/{fromnode}', 'migrate-disk/{fromnode}/{storagepool}'],
    ].map((verb) => [`PUT ${one}/${verb}`, [other]]),
  ),
  [`POST ${restore}`]: [{ to_resource: 'web', stor_pool_rename: { thin: 'fast' } }],
  [`POST ${rollback}`]: [{ zfs_rollback_strategy: 'clone' }],
  'PUT /v1/resource-definitions/{resource}/volume-definitions/{volume_number}': [
    { flags: ['GROSS_SIZE'] },
  ],
  'PUT /v1/resource-groups/{resource_group}/volume-groups/{volume_number}': [
    { flags: ['GROSS_SIZE'] },
  ],
}

const names: Readonly<Record<string, string>> = {
  node: 'n1',
  resource: 'web',
  snapshot: 'monday',
  resource_group: 'rg',
}
const filled = (path: string) =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] ?? '0')

test('every endpoint that is there partly has its examples', () => {
  const partly = routes.filter(({ missing }) => missing !== undefined)
  const endpoints = partly.map(({ method, path }) => `${method} ${path}`)
  expect(Object.keys(examples).toSorted()).toEqual(endpoints.toSorted())
})

test.each(Object.entries(examples))('%s: what is not there is refused', async (endpoint, given) => {
  const [method = '', path = ''] = endpoint.split(' ')
  for (const body of given) {
    sent.length = 0
    const init = { method, body: JSON.stringify(body) }
    const answer = await app.request(`http://localhost${filled(path)}`, init)
    const text = await answer.text()
    expect([body, answer.status >= 400, sent, text]).toEqual([
      body,
      true,
      [],
      expect.stringMatching(/not supported|has the layers/),
    ])
  }
})
