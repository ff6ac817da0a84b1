/** No mkfs without a clear look right before it; what is Primary because of us does not stay so. */
import { describe, expect, test } from 'vitest'
import { runSteps } from '../apply.ts'
import type { Step } from '../core/step.ts'
import { manualClock, silent } from '../given-machine.ts'
import { type Answer, recordedHost } from '../host/record.ts'
import { makeFileSystem } from './make.ts'
import { asPrimary, makeSteps } from './steps.ts'

const device = '/dev/drbd1000'
const making = { device, storage: 'web_00000', key: 'k', owner: undefined }
const [step] = makeSteps({ ...making, fileSystem: { type: 'ext4', params: [] } })
if (step?.kind !== 'make') throw new Error('one step')

const listed = (...types: string[]): Answer => ({
  stdout: JSON.stringify({ signatures: types.map((type) => ({ type, offset: '0x0' })) }),
})
const nothing = { wipefs: listed(), blkid: { exitCode: 2 } }
const found = { wipefs: listed('ext4'), blkid: { stdout: 'DEVNAME=x\nTYPE=ext4\n' } }

type Answers = { dd?: Answer; wipefs?: Answer | undefined; blkid?: Answer | undefined }

/** Answers to the looks before, then to those after; whatever else is asked for succeeds. */
function machine(before: Answers, mkfs: Answer | undefined = {}, after: Answers = found) {
  let looks = before
  const ran: string[] = []
  const host = recordedHost({
    answer: ([tool = '', ...args]) => {
      if (tool === 'dd') return looks.dd ?? {}
      if (tool === 'wipefs' || tool === 'blkid') return looks[tool]
      ran.push([tool, ...args].join(' '))
      if (!tool.startsWith('mkfs')) return {}
      looks = after
      return mkfs
    },
  })
  return { host, ran }
}

describe('the look before', () => {
  test('nothing is there: it is made, and looked at again', async () => {
    const { host, ran } = machine(nothing)
    expect(await makeFileSystem(step, host)).toEqual({ kind: 'made' })
    expect(ran).toEqual([`mkfs.ext4 -q -F -E nodiscard ${device}`])
    expect(host.commands).toHaveLength(7)
  })

  test.each([
    ['a file system', found],
    ['a partition table', { wipefs: listed('gpt', 'PMBR'), blkid: { stdout: 'PTTYPE=gpt\n' } }],
    ['RAID', { wipefs: listed('linux_raid_member'), blkid: { stdout: 'TYPE=x\n' } }],
    ['what only wipefs knows', { wipefs: listed('zfs_member'), blkid: { exitCode: 2 } }],
    ['what only blkid knows', { wipefs: listed(), blkid: { stdout: 'TYPE=swap\n' } }],
  ])('%s is there: it counts as done, and nothing is run', async (_, seen) => {
    const { host, ran } = machine(seen)
    expect(await makeFileSystem(step, host)).toMatchObject({ kind: 'found' })
    expect(ran).toEqual([])
  })

  test.each([
    [
      'a device that cannot be opened',
      { wipefs: { exitCode: 1, stderr: 'no' }, blkid: { exitCode: 2 } },
    ],
    ['several that contradict each other', { wipefs: listed('ext4'), blkid: { exitCode: 8 } }],
    ['an answer that is none', { wipefs: { stdout: '{' }, blkid: { exitCode: 2 } }],
    [
      'a device that cannot be read',
      { ...nothing, dd: { exitCode: 1, stderr: 'dd: error reading: Input/output error' } },
    ],
    ['wipefs that hangs', { wipefs: { timedOut: true }, blkid: { exitCode: 2 } }],
    ['blkid that hangs', { wipefs: listed(), blkid: { timedOut: true } }],
    ['no wipefs', { blkid: { exitCode: 2 } }],
    ['no blkid', { wipefs: listed() }],
    ['a blkid that failed', { wipefs: listed(), blkid: { exitCode: 4, stderr: 'usage' } }],
    ['a blkid with a warning', { wipefs: listed(), blkid: { exitCode: 2, stderr: 'I/O error' } }],
    ['a blkid that says yes to nothing', { wipefs: listed(), blkid: { exitCode: 0 } }],
  ])('%s: a sentence, and nothing is run', async (_, seen: Answers) => {
    const { host, ran } = machine(seen)
    const made = await makeFileSystem(step, host)
    expect(made).toMatchObject({
      kind: 'problem',
      failure: { stderr: expect.stringContaining('cannot be told, so no file system is made') },
    })
    expect(ran).toEqual([])
  })
})

test('the missing tool is named with what brings it', async () => {
  const host = recordedHost({
    answer: ([tool]) => {
      if (tool === 'dd') return {}
      return tool === 'wipefs' || tool === 'blkid' ? nothing[tool] : undefined
    },
  })
  const made = await makeFileSystem(step, host)
  const stderr = 'there is no mkfs.ext4 on this machine: install e2fsprogs'
  expect(made).toMatchObject({ kind: 'problem', failure: { stderr } })
})

test('an XFS that mkfs never finished is no file system, and is left alone', async () => {
  const xfs = { wipefs: listed('xfs'), blkid: { stdout: 'TYPE=xfs\n' } }
  for (const [inprogress, kind] of [
    ['1', 'problem'],
    ['0', 'found'],
  ]) {
    const ran: string[] = []
    const host = recordedHost({
      answer: ([tool = '']) => {
        if (tool === 'dd') return {}
        if (tool === 'wipefs' || tool === 'blkid') return xfs[tool]
        ran.push(tool)
        return { stdout: `inprogress = ${inprogress}\n` }
      },
    })
    const made = await makeFileSystem(step, host)
    expect(made.kind).toBe(kind)
    expect(JSON.stringify(made).includes('wipefs --all /dev/drbd1000')).toBe(kind === 'problem')
    expect(ran).toEqual(['xfs_db'])
  }
})

test('an XFS of our own that was cut off is made again', async () => {
  const xfs = { wipefs: listed('xfs'), blkid: { stdout: 'TYPE=xfs\n' } }
  const [own] = makeSteps({ ...making, fileSystem: { type: 'xfs', params: [] } })
  if (own?.kind !== 'make') throw new Error('one step')
  for (const [uuid, types, kind] of [
    [own.uuid, ['xfs'], 'made'],
    [own.uuid, ['xfs', 'gpt'], 'problem'],
    ['0c7e1a52-5c0e-4a2b-9d5e-3f1c2b4a5d6e', ['xfs'], 'problem'],
  ] as const) {
    const ran: string[] = []
    const host = recordedHost({
      answer: ([tool = '', ...args]) => {
        if (tool === 'dd') return {}
        if (tool === 'wipefs') return listed(...types)
        if (tool === 'blkid') return xfs.blkid
        ran.push([tool, ...args].join(' '))
        return { stdout: `inprogress = 1\nuuid = ${uuid}\n` }
      },
    })
    expect((await makeFileSystem(own, host)).kind).toBe(kind)
    expect(ran[0]).toBe(`xfs_db -r -c sb 0 -c print inprogress uuid ${device}`)
    const again = kind === 'made' ? [`mkfs.xfs -q -m uuid=${own.uuid} -f -K ${device}`] : []
    expect(ran.slice(1)).toEqual(again)
  }
})

test('a page of usage is left out', async () => {
  const stderr = 'mkfs.xfs: /dev/x contains a mounted filesystem\nUsage: mkfs.xfs\n/* … */\n'
  const made = await makeFileSystem(step, machine(nothing, { exitCode: 1, stderr }).host)
  const words = 'mkfs.xfs: /dev/x contains a mounted filesystem'
  expect(made).toMatchObject({ kind: 'problem', failure: { exitCode: 1, stderr: words } })
})

test('an exit code of zero is not enough', async () => {
  const made = await makeFileSystem(step, machine(nothing, {}, nothing).host)
  expect(made).toMatchObject({ kind: 'problem' })
  expect(JSON.stringify(made)).toContain('but nothing is found on /dev/drbd1000')
})

describe('on the way back', () => {
  const steps = asPrimary('web', [step])

  async function play(answer: (tool: string) => Answer, abort?: (tool: string) => boolean) {
    const stop = new AbortController()
    let hasRun = false
    const host = recordedHost({
      answer: (argv) => {
        const tool = argv[0] === 'drbdadm' ? (argv[1] ?? '') : (argv[0] ?? '')
        if (abort?.(tool)) stop.abort()
        if (tool === 'dd') return {}
        if (tool === 'wipefs' || tool === 'blkid') return hasRun ? found[tool] : nothing[tool]
        const given = answer(tool)
        hasRun ||= tool.startsWith('mkfs')
        return given
      },
    })
    const clock = { ...manualClock(), sleep: () => Promise.resolve() }
    const outcome = await runSteps('web', steps as Step[], {
      host,
      clock,
      log: silent,
      signal: stop.signal,
    })
    const shown = host.commands.filter((line) => !/^(dd|wipefs|blkid) /.test(line))
    return { outcome, shown, isMarked: host.files.has('/run/varve.d/web.mkfs') }
  }

  const secondary = 'drbdadm secondary web'

  test.each(['primary', 'mkfs.ext4'])('%s fails: it is Secondary again', async (bad) => {
    const seen = await play((tool) => (tool === bad ? { exitCode: 1, stderr: 'no' } : {}))
    expect(seen).toMatchObject({ outcome: { kind: 'failed' }, isMarked: false })
    expect(seen.shown.at(-1)).toBe(secondary)
  })

  test('mkfs is killed at its time limit: it is Secondary again, and the outcome unknown', async () => {
    const seen = await play((tool) => (tool === 'mkfs.ext4' ? { timedOut: true } : {}))
    expect(seen).toMatchObject({ outcome: { kind: 'unknown' }, isMarked: false })
    expect(seen.shown.at(-1)).toBe(secondary)
  })

  test('the satellite stops in the middle: it is Secondary again', async () => {
    const seen = await play(
      () => ({}),
      (tool) => tool === 'primary',
    )
    expect(seen).toMatchObject({ outcome: { kind: 'stopped' }, isMarked: false })
    expect(seen.shown).toEqual(['drbdadm primary web', secondary])
  })

  test('udev holds it open for a moment: tried again', async () => {
    let left = 3
    const busy = { exitCode: 11, stderr: 'Device is held open by someone' }
    const seen = await play((tool) => (tool === 'secondary' && left-- > 0 ? busy : {}))
    expect(seen).toMatchObject({ outcome: { kind: 'done' }, isMarked: false })
  })

  test('held open for good: that it is Primary because of us is not forgotten', async () => {
    const busy = { exitCode: 11, stderr: 'Device is held open by someone' }
    const seen = await play((tool) => (tool === 'secondary' ? busy : {}))
    expect(seen).toMatchObject({ outcome: { kind: 'failed' }, isMarked: true })
  })
})
