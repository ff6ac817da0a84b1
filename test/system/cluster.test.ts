/**
 * A cluster of three machines with keys, by the commands of the README, each machine in a network
 * namespace of its own: three nats-servers, three controllers, three satellites.
 */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { until } from './harness.ts'
import { addressOf, cluster, machines, TestSite } from './site/site.ts'

/** Each command is a process of its own, and the machine may be busy. */
const patienceMs = 300_000

let site: TestSite
const all = machines.map((machine) => `${machine}=${addressOf(machine)}`)

beforeAll(async () => {
  site = await TestSite.create()
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.log(await site.lastWords())
})
afterAll(() => site?.[Symbol.asyncDispose]())

it('init that is interrupted leaves nothing, and none of its files is for others', async () => {
  const words = ['cluster', 'init', cluster, ...all, '--directory', site.etc('c1')]
  const child = site.startVarve('c1', words)
  await until('it has begun', () =>
    readdir(site.etc('c1')).then(
      (names) => names[0],
      () => undefined,
    ),
  )
  child.kill('SIGINT')
  await new Promise((resolve) => child.once('close', resolve))
  expect(await readdir(site.etc('c1'))).toEqual([])
  expect((await site.varve('c1', words)).code).toBe(0)
  for (const path of await filesBelow(site.etc('c1'))) {
    expect([path, ((await stat(path)).mode & 0o077).toString(8)]).toEqual([path, '0'])
  }
})

it('init again changes nothing; another cluster is refused', async () => {
  const before = await contents(site.etc('c1'))
  expect(
    await site.must('c1', `cluster init ${cluster} ${all.join(' ')} --directory ${site.etc('c1')}`),
  ).toContain('nothing was changed')
  const other = await site.varve('c1', [
    'cluster',
    'init',
    'other',
    ...all,
    '--directory',
    site.etc('c1'),
  ])
  expect(other).toMatchObject({ code: 2, err: expect.stringContaining('nothing was changed') })
  expect(await contents(site.etc('c1'))).toEqual(before)
})

it(
  'three machines come up with a handful of commands',
  async () => {
    for (const machine of ['c2', 'c3'] as const) {
      const token = join(site.etc('c1'), 'cluster/tokens', `${machine}.json`)
      const line = `cluster join ${token} --directory ${site.etc(machine)}`
      expect(await site.must(machine, line)).toContain(`controller ${machine}`)
      expect(await site.must(machine, line)).toContain(`controller ${machine}`)
    }
    for (const machine of machines) site.start('nats', machine)
    for (const machine of machines) site.start('controller', machine)
    await until(
      'somebody leads',
      async () => (await site.varve('c2', ['status'])).code === 0 || undefined,
      60_000,
    )
    expect(await site.must('c1', 'cluster members')).toContain('admin')
  },
  patienceMs,
)

it(
  'nodes join with tokens, and what is asked for comes about on them',
  async () => {
    site.startHardware(machines)
    for (const machine of machines) {
      await site.must('c1', `cluster token ${machine} --role satellite`)
      await site.must(machine, `cluster join ${machine}.json --directory ${site.etc(machine)}`)
      site.start('satellite', machine)
      await site.must('c1', `node create ${machine} 10.0.0.${machines.indexOf(machine) + 1}`)
      await site.must('c1', `storage-pool create lvm-thin ${machine} thin vg0/thin`)
    }
    await site.must('c2', 'resource-group create pair --place-count 2')
    await site.must('c3', 'resource-group spawn pair web 1G')
    expect(await site.must('c1', 'resource list')).toContain('UpToDate')
    expect(await site.must('c1', 'log verify')).toMatch(/blocks are chained/)
  },
  patienceMs,
)

it(
  'a person has a key, a role and a name in the log',
  async () => {
    await site.must('c1', 'cluster token otto --role operator')
    const otto = join(site.directory, 'otto.json')
    await site.must('c2', 'resource-group spawn pair of-otto 1G', otto)
    expect(await site.must('c1', 'history of-otto')).toContain('otto')
    const refused = await site.varve('c2', ['node', 'lost', 'c3'], otto)
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringContaining('otto is operator and may not node.lost'),
    })
  },
  patienceMs,
)

it(
  'the REST API alone is trusted as the controller whose key it has; with a person’s it does not run',
  async () => {
    const words = (identity: string) => [
      ...['run', 'rest', '--identity', identity, '--rest-port', '3390'],
      ...['--directory', join(site.directory, 'rest'), '--log-level', 'error'],
    ]
    const otto = join(site.directory, 'otto.json')
    const refused = await site.varve('c2', words(otto))
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('otto is operator') })
    const child = site.startVarve('c2', words(site.identity('c2', 'controller')))
    try {
      const pool = JSON.stringify({ storage_pool_name: 'of-rest' })
      await until(
        'it takes a command',
        async () => {
          const url = 'http://127.0.0.1:3390/v1/storage-pool-definitions'
          const asking = `fetch('${url}',{method:'POST',body:'${pool}'}).then((a) => process.exit(a.status === 201 ? 0 : 1))`
          return (await site.run('c2', [process.execPath, '-e', asking])) === 0 || undefined
        },
        patienceMs,
      )
      expect(await site.must('c1', 'history storage-pool-definition/of-rest')).toContain('rest')
    } finally {
      const closed = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGTERM')
      await closed
    }
  },
  patienceMs,
)

it(
  'who is revoked is cut off, and nobody else',
  async () => {
    await site.must('c1', 'cluster revoke otto')
    const otto = join(site.directory, 'otto.json')
    await until(
      'otto is not let in',
      async () => {
        const said = await site.varve('c2', ['status', '--timeout', '2'], otto)
        return said.code !== 0 || undefined
      },
      patienceMs,
    )
    await site.must('c1', 'cluster revoke c3')
    await until(
      'its node is offline',
      async () => /c3.*offline/i.test(await site.must('c1', 'node list')) || undefined,
      patienceMs,
    )
    expect(await site.must('c1', 'node list')).toMatch(/c2.*online/i)
    expect(site.surprises).toEqual([])
  },
  patienceMs,
)

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

async function contents(directory: string): Promise<Record<string, string>> {
  const paths = await filesBelow(directory)
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await readFile(path, 'utf8')])),
  )
}
