import type { ObservedResource, PoolProblem } from '@varve/events'
import { expect, test } from 'vitest'
import { began, exampleReports, exampleStory, pool, report, seen } from '../testing/example.ts'
import { healthOf } from './health.ts'

const sentences = (health: ReturnType<typeof healthOf>) =>
  health.problems.map((problem) => `${problem.level}: ${problem.sentence}`)

/** The example with other reports about `web` on its nodes. */
function withReports(changes: Record<string, Partial<ObservedResource>>) {
  const reports = exampleReports()
  const resources: Record<string, ObservedResource> = { ...reports.resources }
  for (const [node, change] of Object.entries(changes)) {
    resources[`web/${node}`] = report('web', node, change)
  }
  return seen({ ...reports, resources })
}

test('all is well', () => {
  const world = exampleStory().world(seen(exampleReports()))
  expect(healthOf(world, { replicas: 3, isSynced: true })).toEqual({
    verdict: 'ok',
    problems: [],
    more: 0,
  })
})

test('an offline node is named with how long it has been away', () => {
  const story = exampleStory()
  story.tell('fact.node-offline', [{ type: 'node.disconnected', node: 'n2' }])
  const health = healthOf(story.world(seen(exampleReports())))
  expect(health.verdict).toBe('warning')
  expect(sentences(health)).toEqual([
    'warning: Node n2 has been offline for 59 minutes. It holds 1 resource.',
  ])
})

test('a copy that is behind is a warning; no good copy that can be reached is an error', () => {
  const behind = { volumes: [{ number: 0, disk: 'Inconsistent', done: 12 } as const] }
  const one = healthOf(exampleStory().world(withReports({ n2: behind })))
  expect(sentences(one)).toEqual([
    'warning: Volume 0 of web is not UpToDate: Inconsistent on n2 (12% synced).',
  ])
  const story = exampleStory()
  story.tell('fact.node-offline', [{ type: 'node.disconnected', node: 'n1' }])
  const none = healthOf(story.world(withReports({ n2: behind })))
  expect(none.verdict).toBe('error')
  expect(sentences(none)[0]).toBe(
    'error: Volume 0 of web has no UpToDate copy that can be reached: UpToDate on n1, offline, Inconsistent on n2 (12% synced).',
  )
})

test('two UpToDate copies of which a verification says that they differ, said once', () => {
  const differs = (peer: string, outOfSyncKib: number, replication = 'Established') => ({
    connections: [
      {
        peer,
        state: 'Connected',
        volumes: [{ number: 0, replication, peerDisk: 'UpToDate', outOfSyncKib }],
      },
    ],
  })
  const health = (kib: number, replication?: string) =>
    sentences(
      healthOf(
        exampleStory().world(
          withReports({ n1: differs('n2', kib, replication), n2: differs('n1', kib, replication) }),
        ),
      ),
    )
  expect(health(8)).toEqual([
    'error: Volume 0 of web: n1 and n2 differ in 8 KiB, though both are UpToDate.',
  ])
  expect(health(8, 'SyncSource')).toEqual([])
  expect(health(0)).toEqual([])
})

test('fewer replicas than the group asks for', () => {
  const story = exampleStory()
  story.tell('resource.delete', [
    { type: 'resource.deleted', definition: 'web', node: 'n2' },
    { type: 'peer.forgotten', definition: 'web', node: 'n1', nodeId: 1 },
  ])
  expect(sentences(healthOf(story.world(seen(exampleReports()))))).toEqual([
    'warning: web has 1 of the 2 replicas that group rg asks for.',
  ])
})

test('failing steps, lost quorum and suspended I/O are errors', () => {
  const failure = {
    step: 'adjust',
    argv: ['drbdadm', 'adjust', 'web'],
    exitCode: 10,
    stderr: 'no such device',
    at: began,
  }
  const observed = withReports({
    n1: { status: 'failed', failure },
    n2: { quorum: false, suspended: 'quorum' },
  })
  expect(sentences(healthOf(exampleStory().world(observed)))).toEqual([
    'error: web on n1: a step fails: adjust: drbdadm adjust web: exit status 10: no such device.',
    'error: web on n2 has no quorum.',
    'error: web on n2: I/O is suspended (quorum).',
  ])
})

test('an operation that waits is named with whom it waits for', () => {
  const story = exampleStory()
  const operation = '01000000000000000000000018'
  story.tell('resource.delete', [
    { type: 'operation.started', operation, kind: 'delete-resource', target: 'resource/web/n3' },
    { type: 'resource.deletion-started', definition: 'web', node: 'n3', operation },
  ])
  const young = story.world(seen(exampleReports()), began + 20_000)
  expect(healthOf(young).verdict).toBe('ok')
  expect(sentences(healthOf(story.world(seen(exampleReports()))))).toEqual([
    'warning: Operation delete-resource of resource/web/n3 has been waiting for 59 minutes: n3 to remove web.',
  ])
})

test('a thin pool that fills up, and one that is broken', () => {
  const reports = exampleReports()
  const health = (freeGib: number, problem?: PoolProblem) =>
    sentences(
      healthOf(
        exampleStory().world(
          seen({
            ...reports,
            pools: {
              ...reports.pools,
              'n1/thin': { ...pool(freeGib), ...(problem === undefined ? {} : { problem }) },
            },
          }),
        ),
      ),
    )
  expect(health(21)).toEqual([])
  expect(health(20)).toEqual(['warning: Storage pool thin on n1 is 80% full; 20 GiB are left.'])
  expect(health(2)).toEqual(['error: Storage pool thin on n1 is 98% full; 2 GiB are left.'])
  expect(health(50, { kind: 'missing', text: 'volume group vg not found' })).toEqual([
    'error: Storage pool thin on n1 cannot be used: volume group vg not found. It holds 1 volume.',
  ])
})

test('a log on one server that is not synced is said plainly', () => {
  const world = exampleStory().world(seen(exampleReports()))
  expect(sentences(healthOf(world, { replicas: 1, isSynced: false }))).toEqual([
    'warning: The log is kept on a single server.',
    'warning: The NATS server acknowledges entries before they are on disk.',
  ])
})

test('a locked cluster is a warning once volumes hang on its passphrase', () => {
  const story = exampleStory()
  story.tell('encryption.create-passphrase', [
    { type: 'encryption.passphrase-set', master: 'scrypt$closed' },
  ])
  story.tell('leader.elect', [{ type: 'leader.elected', term: 99, controller: 'c2' }])
  const before = healthOf(story.world(seen(exampleReports())))
  expect(sentences(before)).toEqual([])
  story.tell('volume-definition.create', [
    { type: 'volume-definition.key-set', definition: 'web', number: 0, key: 'wrapped' },
  ])
  const locked = healthOf(story.world(seen(exampleReports())))
  expect(sentences(locked)).toEqual([
    'warning: The cluster is locked: a node that restarts cannot open its part of an encrypted volume.',
  ])
  story.tell('encryption.enter-passphrase', [{ type: 'encryption.unlocked' }])
  expect(healthOf(story.world(seen(exampleReports()))).verdict).toBe('ok')
})

test('a device pool that came to nothing is told until it is taken away, with how', () => {
  const story = exampleStory()
  const name = { node: 'n1', backing: 'vg1' }
  const devices = [{ path: '/dev/sdb', sizeKib: 4_194_304 }]
  story.tell('physical-storage.create-device-pool', [
    {
      type: 'device-pool.creation-started',
      ...name,
      provider: 'LVM',
      devices,
      operation: 'o1',
    },
    { type: 'device-pool.failed', ...name, problem: '/dev/sdb holds ext4' },
  ])
  const health = healthOf(story.world(seen(exampleReports())))
  expect(sentences(health)).toEqual([
    'warning: Device pool vg1 on n1 could not be made: /dev/sdb holds ext4',
  ])
  expect(health.problems[0]?.remedy).toBe('varve physical-storage delete-device-pool n1 vg1')
})
