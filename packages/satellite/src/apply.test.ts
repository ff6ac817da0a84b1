import { expect, test } from 'vitest'
import { runSteps } from './apply.ts'
import { run, write } from './core/step.ts'
import { manualClock, silent } from './given-machine.ts'
import { type Answer, recordedHost } from './host/record.ts'

const options = (answers: Record<string, Answer>) => {
  const host = recordedHost({ answer: (argv) => answers[argv[0] ?? ''] })
  const { signal } = new AbortController()
  return { host, clock: manualClock(), log: silent, signal }
}

test('an adjust that fails puts the last good file back; what follows is not done', async () => {
  const all = options({ drbdadm: { exitCode: 1 } })
  const undo = [write('/x.res', 'old', 'the last good file')]
  const steps = [
    write('/x.res', 'new', 'the new file'),
    run('adjust', ['drbdadm', 'adjust', 'x'], 'it differs', { undo }),
    write('/.backup/x.res', 'new', 'adjust has accepted it'),
  ]
  expect((await runSteps('x', steps, all)).kind).toBe('failed')
  expect([...all.host.files]).toEqual([['/x.res', 'old']])
})

test('nothing is undone after a time limit: the file may well be in use', async () => {
  const all = options({ drbdadm: { timedOut: true } })
  const undo = [write('/x.res', 'old', 'the last good file')]
  const steps = [write('/x.res', 'new', ''), run('adjust', ['drbdadm'], '', { undo })]
  expect((await runSteps('x', steps, all)).kind).toBe('unknown')
  expect([...all.host.files]).toEqual([['/x.res', 'new']])
})

test('a step that may fail lets the next one run', async () => {
  const all = options({ drbdsetup: { exitCode: 10 }, true: {} })
  const steps = [run('forget', ['drbdsetup'], '', { mayFail: true }), run('next', ['true'], '')]
  expect((await runSteps('x', steps, all)).kind).toBe('done')
  expect(all.host.commands).toEqual(['drbdsetup', 'true'])
})

test('a missing program is said to be missing', async () => {
  const outcome = await runSteps('x', [run('adjust', ['drbdadm'], '')], options({}))
  expect(outcome).toMatchObject({
    kind: 'failed',
    failure: { stderr: 'there is no drbdadm on this machine' },
  })
})

test('what a tool was expected to say and did not is a failure of its own kind', async () => {
  const all = options({ od: { stdout: ' 00 00 00 00\n' }, dmsetup: {} })
  const expects = {
    expects: '21 93 48 23',
    problem: 'companion-gone',
    meaning: 'it is lost',
  } as const
  const steps = [run('check', ['od'], '', expects), run('open', ['dmsetup'], '')]
  expect(await runSteps('x', steps, all)).toMatchObject({
    kind: 'failed',
    failure: { problem: 'companion-gone', stderr: 'it is lost' },
  })
  expect(all.host.commands).toEqual(['od'])
})

test('a step that may fail is tried as often as it says before the next one runs', async () => {
  const all = options({ dmsetup: { stdout: '3 dirty' }, true: {} })
  const clock = { ...all.clock, sleep: () => Promise.resolve() }
  const retries = { times: 2, pauseMs: 1000 }
  const wait = run('wait', ['dmsetup'], '', { mayFail: true, expects: '^0 dirty', retries })
  const outcome = await runSteps('x', [wait, run('next', ['true'], '')], { ...all, clock })
  expect(outcome.kind).toBe('done')
  expect(all.host.commands).toEqual(['dmsetup', 'dmsetup', 'dmsetup', 'true'])
})
