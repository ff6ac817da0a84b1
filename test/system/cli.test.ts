/** The `varve` command as a process of its own, against real controllers and a real nats-server. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { startSystem, subjects, until } from './harness.ts'
import { startSimulated } from './simulated.ts'
import { startVarve, varve, varveMain } from './varve.ts'

it('makes objects, lists them, tells who made them, and verifies the log', async () => {
  await using system = await startSystem()
  await system.startController('c1')
  const made = await varve(system, 'node create n1 10.0.0.1 --reason first')
  expect(made).toMatchObject({ code: 0, err: '' })
  expect(made.out).toMatch(/^node create n1: done \(log \d+\)\.\n$/)
  const listed = await varve(system, 'node list -o json')
  expect(JSON.parse(listed.out)).toMatchObject([{ name: 'n1', status: 'unknown' }])
  const history = await varve(system, 'history node/n1')
  expect(history.out).toMatch(/alice +node\.create +node n1 was added .*\(reason: first\)/)
  const again = await varve(system, 'node create n1 10.0.0.1')
  expect(again).toMatchObject({ code: 4, out: '' })
  const before = await varve(system, 'node list --at 1')
  expect(before).toMatchObject({ code: 0, out: '', err: 'There are no nodes to show.\n' })
  const diff = await varve(system, 'diff --from 1')
  expect(diff.out).toMatch(/^\+ node\/n1\n(?: {4}.*\n)* {4}interfaces: .*10\.0\.0\.1/)
  const late = await varve(system, 'node create n2 10.0.0.2 --at 1')
  expect(late).toMatchObject({
    code: 2,
    err: '--at reads the past, which no command can change.\n',
  })
  const chain = await varve(system, 'log verify')
  expect(chain.out).toMatch(/^All \d+ blocks are chained/)
  const journal = join(system.directory, 'c1', 'journal')
  expect((await varve(system, `log verify --journal ${journal}`)).out).toBe(chain.out)
})

it('ends without a word when nobody reads on, as with `| head`', async () => {
  const child = spawn(process.execPath, [varveMain, '--help'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.destroy()
  expect(await text(child.stderr)).toBe('')
})

it('sends a command whose answer was lost again, with the same id', async () => {
  await using system = await startSystem()
  const asked: { id: string; args: unknown }[] = []
  system.client.subscribe(subjects.commands, {
    callback: (_, message) => {
      asked.push(message.json())
      const [first] = asked
      const reply = { ok: true, id: first?.id, sequence: 1, repeated: true }
      if (asked.length > 1) message.respond(JSON.stringify(reply))
    },
  })
  await system.client.flush()
  const { code, out } = await varve(system, 'node lost n1')
  expect({ code, out }).toEqual({
    code: 0,
    out: 'node lost n1: had been accepted before (log 1).\n',
  })
  expect(asked).toHaveLength(2)
  expect(asked[1]).toEqual(asked[0])
})

it('waits for a leader that is yet to come', async () => {
  await using system = await startSystem()
  const running = startVarve(system, 'node create n1 10.0.0.1')
  await system.startController('late')
  expect(await running.result).toMatchObject({ code: 0 })
})

it('says in a sentence that nobody answers, and that nothing is there to connect to', async () => {
  await using system = await startSystem()
  const nobody = await varve(system, 'node list --timeout 1')
  expect(nobody.code).toBe(9)
  expect(nobody.err).toContain('none is running, or none leads')
  const nowhere = await varve(system, 'node list --nats nats://127.0.0.1:1')
  expect(nowhere.code).toBe(9)
  expect(nowhere.err).toContain('cannot be reached')
})

it('waits until what was asked for is there, on three simulated machines', async () => {
  await using simulated = await startSimulated({ nodes: ['n1', 'n2', 'n3'] })
  const { system } = simulated
  const group = await varve(system, 'resource-group create rg --place-count 2 --storage-pool thin')
  expect(group).toMatchObject({ code: 0 })
  expect(await varve(system, 'volume-group create rg')).toMatchObject({ code: 0 })
  const spawned = await varve(system, 'resource-group spawn rg web 1G')
  expect(spawned).toMatchObject({ code: 0, err: '' })
  const replicas = await simulated.replicas('web')
  const diskful = replicas.filter(({ kind }) => kind === 'diskful')
  expect(diskful.map(({ status }) => status)).toEqual(['UpToDate', 'UpToDate'])
  expect(await varve(system, 'volume-definition resize web 0 2G')).toMatchObject({ code: 0 })
  const listed = await varve(system, 'volume-definition list -o json')
  expect(JSON.parse(listed.out)).toMatchObject([{ sizeKib: 2 * 1024 ** 2, status: 'live' }])
  const why = await varve(system, 'explain placement web')
  expect(why.out).toContain('Wanted: 2 replicas of 1 GiB.')
  // What has grown is synced, and until then a replica has nothing whole to take a snapshot of.
  await until('a snapshot can be taken', async () => {
    const taken = await varve(system, 'snapshot create web s1')
    if (taken.code !== 0) expect(taken.err).toContain('Wait for its resync')
    return taken.code === 0 || undefined
  })
  for (const words of [
    'rollback web s1 --safety-snapshot spare',
    'delete web s1',
    'delete web spare',
  ]) {
    expect(await varve(system, `snapshot ${words}`)).toMatchObject({ code: 0, err: '' })
  }
  expect(await varve(system, 'resource-definition delete web')).toMatchObject({ code: 0 })
  expect(await simulated.replicas('web')).toEqual([])
})

it('says whom it waits for, gives up when told to, and ends with 130 at Ctrl-C', async () => {
  await using simulated = await startSimulated({ nodes: ['n1', 'n2'] })
  const { system } = simulated
  await system.must('resource-definition.create', { definition: 'web' })
  await system.must('volume-definition.create', { definition: 'web', sizeKib: 1024 ** 2 })
  expect(await varve(system, 'resource create web n1 n2 --storage-pool thin')).toMatchObject({
    code: 0,
  })
  await simulated.stopSatellite('n2')
  const { child, result } = startVarve(system, 'resource-definition delete web')
  await once(child.stdout, 'data')
  child.kill('SIGINT')
  const { err } = await result
  expect(child.exitCode).toBe(130)
  expect(err).toContain('goes on')
  const late = await varve(system, 'resource-definition wait-sync web --timeout 1')
  expect(late.code).toBe(10)
  expect(late.err).toMatch(/n2 .*to remove web/)
  const stuck = await varve(system, 'explain stuck web')
  expect(stuck.out).toMatch(/waits for n2 .*to remove web/)
})
