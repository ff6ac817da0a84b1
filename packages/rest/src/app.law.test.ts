import type { CommandReply } from '@varve/events'
import { exampleReports, exampleStory, seen } from '@varve/projections/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createApp } from './app.ts'
import type { Ports } from './ports.ts'
import { routes } from './routes/index.ts'

const world = exampleStory().world(seen(exampleReports()))
const accepted: CommandReply = { ok: true, id: '01', sequence: 1 }
const refused = { ok: false, refusal: { code: 'in-use', message: 'it is in use' } } as const

/** A controller that says yes or no to everything, and has seen three nodes. */
function appOf(answer: boolean) {
  const problems: string[] = []
  const ports: Ports = {
    world: () => world,
    past: (_, __, ask) => ask(world),
    barrier: async () => 1,
    reach: async () => true,
    onChange: () => ({ [Symbol.dispose]: () => undefined }),
    command: async () => (answer ? accepted : refused),
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: (fields) => problems.push(JSON.stringify(fields)),
    },
  }
  return { app: createApp({ ports, routes, waitMs: 0 }), problems }
}

const names = fc.constantFrom(
  'web',
  'n1',
  'n2',
  'thin',
  '0',
  'DfltRscGrp',
  '..%2f..',
  '%00',
  '日本',
)
const bodies = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.string(),
  // Fields that some row knows, with values that it does not expect.
  fc
    .dictionary(
      fc.constantFrom(
        ...['name', 'props', 'override_props', 'select_filter', 'volume_sizes', 'resource'],
        ...[
          'size_kib',
          'volume_definition',
          'resource_definition',
          'nodes',
          'snapshots',
          'diskful',
        ],
      ),
      fc.oneof(fc.anything({ maxDepth: 2 }), fc.constant({}), fc.constant([]), fc.constant('1')),
    )
    .map((body) => JSON.stringify(body, (_, value) => (typeof value === 'bigint' ? 1 : value))),
  fc.constant('{}'),
)

const willing = appOf(true)
const unwilling = appOf(false)

/** These answer until the client goes. */
const isEndless = (path: string) => /\/events\/|\/feed$/.test(path)

test('whatever is sent to whichever endpoint, the answer is one that clients can read', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...routes.filter(({ path }) => !isEndless(path))),
      fc.array(names, { minLength: 5, maxLength: 5 }),
      bodies,
      fc.constantFrom('', '?limit=x&offset=-1', '?props=a=b&nodes=&nodes=%ff', '?at=1', '?at=x'),
      fc.boolean(),
      async (route, given, body, query, answer) => {
        const { app, problems } = answer ? willing : unwilling
        let used = 0
        const path = route.path.replaceAll(/\{[^}]*\}/g, () => given[used++ % given.length] ?? '')
        const { method } = route
        const init = method === 'GET' ? { method } : { method, body }
        const response = await app.request(`http://localhost${path}${query}`, init)
        const text = await response.text()
        expect(problems).toEqual([])
        expect([200, 201, 400, 404, 403, 500]).toContain(response.status)
        if (response.status < 400 || response.status === 500) {
          const type = response.headers.get('content-type') ?? ''
          if (type.startsWith('text/plain') || type.endsWith('octet-stream')) return
        }
        const value = JSON.parse(text)
        if (response.status < 400) return
        const messages = value.map((entry: { message: string }) => entry.message)
        expect(messages.join('')).toMatch(/./)
      },
    ),
    { numRuns: 1000 },
  )
})
