/** What is answered is what the document says of it, for all that can be read of an example. */
import { exampleReports, exampleStory, seen } from '@varve/projections/testing'
import { expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { routes } from '../routes/index.ts'
import { answers } from './answers.ts'
import { unlike } from './conforms.ts'
import { openApi } from './document.ts'

const world = exampleStory().world(seen(exampleReports()))
const app = createApp({
  routes,
  waitMs: 0,
  ports: {
    world: () => world,
    past: (_, __, ask) => ask(world),
    barrier: async () => 1,
    reach: async () => true,
    onChange: () => ({ [Symbol.dispose]: () => undefined }),
    command: async () => ({ ok: true, id: '01', sequence: 1 }),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  },
})
const { schemas } = openApi(routes, '0.0.0').components as {
  readonly schemas: Readonly<Record<string, object>>
}

/** Names of things that the example has, or may have. */
const names: Readonly<Record<string, string>> = {
  node: 'n1',
  node_a: 'n1',
  node_b: 'n2',
  resource: 'web',
  resource_group: 'DfltRscGrp',
  storagepool: 'thin',
  volume_number: '0',
  volumenumber: '0',
}

test('every answer has the fields of its form, and no other', async () => {
  let read = 0
  const problems: string[] = []
  for (const [endpoint, form] of Object.entries(answers)) {
    const [method = '', path = ''] = endpoint.split(' ')
    if (method !== 'GET') continue
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] ?? 'none')
    const response = await app.request(`http://localhost${filled}`)
    if (response.status !== 200) continue
    read += 1
    const found = unlike(await response.json(), form, schemas)
    problems.push(...new Set(found.map((problem) => `${endpoint}: ${problem}`)))
  }
  expect(problems).toEqual([])
  expect(read).toBeGreaterThan(40)
})
