import type { PresentResource } from '@varve/events'
import { afterEach, expect, test, vi } from 'vitest'
import { createDrbdTable } from './drbd-table.ts'
import type { Entry } from './entry.ts'
import { absent, owner, present, storage, volume } from './given.ts'
import { lvmMachine, type Machine, manualClock, silent } from './given-machine.ts'
import { Reconciler } from './reconciler.ts'

let stop = new AbortController()
afterEach(() => stop.abort())

function given(machine: Machine = lvmMachine()) {
  stop = new AbortController()
  const clock = manualClock()
  const statuses: string[] = []
  const reconciler = new Reconciler({
    host: machine,
    clock,
    log: silent,
    signal: stop.signal,
    table: createDrbdTable(),
    parallel: 4,
    beforeRound: () => Promise.resolve(),
    onEntry: ({ document, progress }: Entry) =>
      statuses.push(`${document.resource} ${progress.status}`),
    onInventory: () => {},
  })
  const running = reconciler.run()
  const progress = (resource = 'web') => reconciler.entries.get(resource)?.progress
  const until = (status: string, resource = 'web') =>
    vi.waitFor(() => expect(progress(resource)?.status).toBe(status), { interval: 2 })
  return { machine, clock, reconciler, running, statuses, progress, until }
}

const webs = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    present({
      resource: `web${i}`,
      volumes: [volume({ storage: storage({ name: `web${i}_00000` }) })],
    }),
  )

test('a document becomes true, and is only called true after another look', async () => {
  const { machine, reconciler, until, statuses, progress } = given()
  reconciler.setDocument(present())
  await until('applied')
  expect(machine.commands.map((command) => command.split(' ')[0])).toEqual([
    'lvs',
    'lvcreate',
    'lvchange',
    'lvs',
  ])
  expect(statuses).toEqual(['web applying', 'web applied'])
  expect(progress()?.applied).toEqual({ term: 1, from: 10 })
})

test('looking after 100 unchanged resources takes as many processes as after one', async () => {
  const counts: number[] = []
  for (const count of [1, 100]) {
    const { machine, reconciler, until } = given()
    for (const document of webs(count)) reconciler.setDocument(document)
    for (const { resource } of webs(count)) await until('applied', resource)
    const looks = vi.fn()
    const before = machine.commands.length
    machine.intercept = (argv) => {
      looks(argv[0])
      return undefined
    }
    reconciler.wake()
    await vi.waitFor(() => expect(looks).toHaveBeenCalledWith('lvs'), { interval: 2 })
    // Nothing follows: a second look would be the proof of a busy loop.
    await new Promise((resolve) => setImmediate(resolve))
    counts.push(machine.commands.length - before)
    stop.abort()
  }
  expect(counts).toEqual([1, 1])
})

test('what is true is thought about again when the machine has changed, and nothing else is', async () => {
  const { machine, reconciler, until, statuses } = given()
  for (const document of webs(3)) reconciler.setDocument(document)
  for (const { resource } of webs(3)) await until('applied', resource)
  const name = 'vg0/web1_00000'
  const tags = [`varve:${owner}`]
  const again = ['web1 applying', 'web1 applied']
  const changes = [
    { what: 'gone', change: () => machine.lvs.delete(name), told: again },
    { what: 'smaller', change: () => machine.lvs.set(name, { tags, kib: 4_096 }), told: again },
    {
      what: "somebody else's",
      change: () => machine.lvs.set(name, { tags: ['varve:0'], kib: 204_800 }),
      told: ['web1 failed'],
    },
  ]
  for (const { what, change, told } of changes) {
    statuses.length = 0
    change()
    reconciler.wake()
    await vi.waitFor(() => expect(statuses, what).toEqual(told), { interval: 2 })
  }
})

test('a failure is told with everything, and tried again after 1, 2, 4 s', async () => {
  const { machine, clock, reconciler, until, progress } = given()
  machine.intercept = (argv) =>
    argv[0] === 'lvcreate' ? { exitCode: 5, stderr: '  insufficient free space\n' } : undefined
  reconciler.setDocument(present())
  for (const [attempts, waitMs] of [
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
  ] as const) {
    await vi.waitFor(() => expect(progress()?.attempts).toBe(attempts), { interval: 2 })
    expect(progress()).toMatchObject({
      status: 'failed',
      retryAt: clock.now() + waitMs,
      failure: { step: 'lvcreate', exitCode: 5, stderr: 'insufficient free space' },
    })
    clock.advance(waitMs)
  }
  delete machine.intercept
  clock.advance(60_000)
  await until('applied')
  expect(progress()).not.toHaveProperty('failure')
})

test('a new document is tried at once, whatever the old one waits for', async () => {
  const { machine, reconciler, until } = given()
  machine.intercept = (argv) => (argv[0] === 'lvcreate' ? { exitCode: 5 } : undefined)
  reconciler.setDocument(present())
  await until('failed')
  delete machine.intercept
  reconciler.setDocument(present({ from: 11 }))
  await until('applied')
})

test('a command that timed out is not failed when it has worked all the same', async () => {
  const { machine, reconciler, until, statuses } = given()
  machine.intercept = (argv) => {
    if (argv[0] !== 'lvcreate') return undefined
    machine.lvs.set('vg0/web_00000', { tags: [`varve:${storage().owner}`], kib: 204_800 })
    return { timedOut: true }
  }
  reconciler.setDocument(present())
  await until('applied')
  expect(statuses).not.toContain('web failed')
})

test('a command that timed out without effect is failed, and said to be unknown', async () => {
  const { machine, reconciler, until, progress } = given()
  machine.intercept = (argv) => (argv[0] === 'lvcreate' ? { timedOut: true } : undefined)
  reconciler.setDocument(present())
  await until('failed')
  expect(progress()?.failure).toMatchObject({ step: 'lvcreate', timedOut: true })
  expect(progress()?.failure).not.toHaveProperty('exitCode')
})

test('success without effect is not success', async () => {
  const { machine, reconciler, until, progress } = given()
  machine.intercept = (argv) => (argv[0] === 'lvcreate' ? {} : undefined)
  reconciler.setDocument(present())
  await until('failed')
  expect(progress()?.failure?.stderr).toMatch(
    /after 8 rounds it is still not true: there is no thin/,
  )
})

test('at most four resources are worked on at the same time, each by one', async () => {
  const { machine, reconciler, until } = given()
  let now = 0
  let most = 0
  machine.intercept = async (argv) => {
    if (argv[0] !== 'lvcreate') return undefined
    now += 1
    most = Math.max(most, now)
    await new Promise((resolve) => setTimeout(resolve, 1))
    now -= 1
    return undefined
  }
  for (const document of webs(12)) reconciler.setDocument(document)
  for (const { resource } of webs(12)) await until('applied', resource)
  expect(most).toBe(4)
})

test('a hundred resources at once do not cost a look each', async () => {
  const { machine, reconciler, until } = given()
  for (const document of webs(100)) reconciler.setDocument(document)
  for (const { resource } of webs(100)) await until('applied', resource)
  const looks = machine.commands.filter((command) => command.startsWith('lvs'))
  expect(looks.length).toBeLessThanOrEqual(4)
})

test('one that takes long does not keep the others from being called true', async () => {
  const { machine, clock, reconciler, until } = given()
  const goOn = Promise.withResolvers<void>()
  machine.intercept = async (argv) => {
    if (argv[0] === 'lvcreate' && argv.includes('web0_00000')) await goOn.promise
    return undefined
  }
  for (const document of webs(2)) reconciler.setDocument(document)
  await vi.waitFor(() => expect(machine.lvs.has('vg0/web1_00000')).toBe(true), { interval: 2 })
  clock.advance(1_000)
  await until('applied', 'web1')
  goOn.resolve()
  await until('applied', 'web0')
})

test('what has ended is looked at at once; what comes from outside is gathered for a while', async () => {
  const { machine, clock, reconciler, until } = given()
  machine.intercept = (argv) => {
    if (argv[0] === 'lvs') clock.advance(200)
    return undefined
  }
  const looks = () => machine.commands.filter((command) => command.startsWith('lvs')).length
  const [first, second] = webs(2)
  if (first) reconciler.setDocument(first)
  // The clock does not move but by the looks: nothing was waited for.
  await until('applied', 'web0')
  expect(looks()).toBe(2)
  if (second) reconciler.setDocument(second)
  clock.advance(199)
  await new Promise((resolve) => setImmediate(resolve))
  expect(looks()).toBe(2)
  clock.advance(1)
  await until('applied', 'web1')
  expect(looks()).toBe(4)
})

test('a new document has only its own places looked at; whatever wakes us, all of them', async () => {
  const { machine, reconciler, until } = given()
  const there = present({ resource: 'there' })
  const elsewhere = storage({ backing: 'vg1/thin', name: 'elsewhere_00000' })
  reconciler.setDocument(there)
  await until('applied', 'there')
  machine.commands.length = 0
  reconciler.setDocument(present({ resource: 'else', volumes: [volume({ storage: elsewhere })] }))
  await until('failed', 'else')
  const groups = () => machine.commands.map((command) => command.split('vg_extent_size ')[1])
  expect(groups()[0]).toBe('vg1')
  machine.commands.length = 0
  reconciler.wake()
  await vi.waitFor(() => expect(groups()[0]).toBe('vg0 vg1'), { interval: 2 })
  expect(reconciler.entries.get('there')?.progress.status).toBe('applied')
})

test('a tombstone ends as absent, at its own position', async () => {
  const { machine, reconciler, until, progress } = given()
  reconciler.setDocument(present())
  await until('applied')
  reconciler.setDocument(absent(present()))
  await until('absent')
  expect([...machine.lvs.keys()]).toEqual(['vg0/thin'])
  expect(progress()?.applied).toEqual({ term: 1, from: 20 })
})

test('once halted nothing is changed any more', async () => {
  const { machine, reconciler, until, progress } = given()
  reconciler.halt('the log went backwards')
  reconciler.setDocument(present())
  await until('failed')
  expect(progress()?.failure?.stderr).toBe('the log went backwards')
  expect([...machine.lvs.keys()]).toEqual(['vg0/thin'])
})

test('an LVM that does not answer changes nothing and is asked again', async () => {
  const { machine, clock, reconciler, until, progress } = given()
  machine.intercept = (argv) => (argv[0] === 'lvs' ? { timedOut: true } : undefined)
  reconciler.setDocument(absent(present()))
  await until('failed')
  expect(progress()?.failure?.stderr).toBe('vg0 cannot be looked at: lvs did not answer in time')
  delete machine.intercept
  clock.advance(1_000)
  await until('absent')
})

test('once a snapshot is kept, nobody else waits for its resource any more', async () => {
  const { reconciler, until } = given()
  const snapshot = { snapshot: 's1', owner: 's1-owner', volumes: [] }
  reconciler.setDocument(present({ snapshots: [{ ...snapshot, step: 'take' }] }))
  await until('applied')
  reconciler.setDocument(present({ snapshots: [{ ...snapshot, step: 'keep' }] }))
  await until('applied')
  // The clock stands still: whoever had to wait for a turn would wait for ever.
  for (const document of webs(1)) reconciler.setDocument(document)
  await until('applied', 'web0')
})

test('stopping ends the running step and begins no other', async () => {
  const { machine, reconciler, running } = given()
  const begun = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  machine.intercept = async (argv) => {
    if (argv[0] !== 'lvcreate') return undefined
    begun.resolve()
    await goOn.promise
    return undefined
  }
  reconciler.setDocument(present())
  await begun.promise
  stop.abort()
  goOn.resolve()
  await running
  expect([...machine.lvs.keys()]).toEqual(['vg0/thin', 'vg0/web_00000'])
  expect(machine.commands.at(-1)).toMatch(/^lvcreate/)
})

test('after a tool that could not be killed nobody is told that shared storage is closed', async () => {
  const { machine, clock, reconciler, until, progress } = given()
  const shared = (more: Partial<PresentResource>) =>
    present({
      volumes: [volume({ storage: storage({ shared: { mayChange: true } }) })],
      ...more,
    })
  machine.intercept = (argv) =>
    argv[0] === 'lvchange' ? { timedOut: true, isAlive: true } : undefined
  reconciler.setDocument(shared({}))
  await until('failed')
  delete machine.intercept
  reconciler.setDocument(shared({ from: 20, inactive: 19 }))
  clock.advance(60_000)
  await until('failed')
  expect(progress()?.failure).toMatchObject({ problem: 'tool-hangs' })
  expect(progress()?.failure?.stderr).toContain('restart this machine')
})
