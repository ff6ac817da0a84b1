import { expect, test } from 'vitest'
import { type Answer, recordedHost } from '../../host/record.ts'
import { lookAtZfs } from './provider.ts'

const pools = 'bad\t1006632960\tSUSPENDED\ntank\t1006632960\tONLINE\nworn\t1006632960\tDEGRADED\n'
const rows = [
  'tank\tfilesystem\t-\t-\t24576\t0\t852727808\t0\t-\t-',
  'tank/varve\tfilesystem\t-\t-\t24576\t0\t104808448\t104857600\t-\t-',
  'tank/varve/a_00000\tvolume\t16777216\t16384\t12288\t0\t104808448\t-\tready\tme@tank/varve/a_00000',
  'tank/varve/b_00000\tvolume\t16777216\t16384\t12288\t0\t104808448\t-\tnew\tme@tank/varve/b_00000',
  'worn\tfilesystem\t-\t-\t24576\t0\t852727808\t0\t-\t-',
]
const denied = "cannot open 'tank/none': dataset does not exist\n"

function machine(answers: Partial<Record<'zpool' | 'zfs', Answer>> = {}) {
  return recordedHost({
    answer: ([tool, verb]) => {
      if (tool === 'zpool') return answers.zpool ?? { stdout: pools }
      if (verb === 'create') return { stdout: 'create\tx\nproperty\tvolsize\t16384\n' }
      return answers.zfs ?? { exitCode: 1, stdout: `${rows.join('\n')}\n`, stderr: denied }
    },
    files: { '/dev/zvol/tank/varve/a_00000': '' },
  })
}

test('one zpool list and one zfs list tell of every dataset; block sizes are asked for once', async () => {
  const host = machine()
  const datasets = ['tank', 'tank/varve', 'worn']
  await lookAtZfs(host, datasets, {})
  await lookAtZfs(host, datasets, {})
  const times = (words: string) => host.commands.filter((each) => each.startsWith(words)).length
  expect([times('zpool list'), times('zfs list'), times('zfs create -n')]).toEqual([2, 2, 3])
  expect(host.commands.length).toBe(7)
})

test('present, missing, not imported, suspended: each has a name, and a suspended pool is not asked', async () => {
  const host = machine()
  const { places } = await lookAtZfs(host, ['bad/x', 'gone', 'tank', 'tank/none', 'worn'], {})
  expect(Object.fromEntries(places)).toEqual({
    'zfs:bad/x': {
      state: 'unknown',
      reason: 'the zpool bad is SUSPENDED: see zpool status bad',
      isSuspended: true,
    },
    'zfs:gone': { state: 'missing' },
    'zfs:tank': { state: 'present' },
    'zfs:tank/none': { state: 'missing' },
    'zfs:worn': { state: 'present' },
  })
  expect(host.commands.find((each) => each.startsWith('zfs list'))).toMatch(
    / tank tank\/none worn$/,
  )
})

test('free is what is available, total the quota or else the pool, and devices are udev’s links', async () => {
  const { sizes, objects } = await lookAtZfs(machine(), ['tank', 'tank/varve'], {})
  expect(sizes.get('zfs:tank')).toEqual({
    totalKib: 983_040,
    freeKib: 832_742,
    granularityKib: 16,
  })
  expect(sizes.get('zfs:tank/varve')).toMatchObject({ totalKib: 102_400, freeKib: 102_352 })
  const device = (name: string) => objects.get(`zfs:tank/varve/${name}`)?.device
  expect(device('a_00000')).toBe('/dev/zvol/tank/varve/a_00000')
  expect(device('b_00000')).toBeUndefined()
})

test('whatever zfs or zpool could not say, nothing is concluded from it', async () => {
  const busy: Answer = { exitCode: 1, stderr: 'The ZFS modules are not loaded.\n' }
  for (const answers of [{ zpool: busy }, { zfs: { timedOut: true } }, { zfs: busy }]) {
    const look = await lookAtZfs(machine(answers), ['tank'], {})
    expect(look.places.get('zfs:tank')?.state).toBe('unknown')
    expect(look.objects.size).toBe(0)
  }
})

test('a volume cannot hold others', async () => {
  const stdout = 'tank/vol\tvolume\t16777216\t16384\t12288\t0\t0\t-\t-\t-\n'
  const { places } = await lookAtZfs(machine({ zfs: { stdout } }), ['tank/vol'], {})
  const reason = 'it is a volume, and no volume holds others'
  expect(places.get('zfs:tank/vol')).toEqual({ state: 'unknown', reason })
})
