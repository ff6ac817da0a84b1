import { expect, test } from 'vitest'
import { recordedHost } from '../host/record.ts'
import { lookAtDevices } from './look.ts'

const gib = 1024 ** 3

type Row = Record<string, unknown> & { path: string }

const disk = (path: string, more: Record<string, unknown> = {}): Row => ({
  name: path.slice('/dev/'.length),
  path,
  size: 2 * gib,
  type: 'disk',
  rota: false,
  ro: false,
  ...more,
})

function machine(rows: readonly Row[], wipefs: (devices: readonly string[]) => object | undefined) {
  return recordedHost({
    answer: (argv) => {
      if (argv[0] === 'lsblk') return { stdout: JSON.stringify({ blockdevices: rows }) }
      const found = wipefs(argv.filter((word) => word.startsWith('/dev/')))
      return found ? { stdout: JSON.stringify(found) } : { exitCode: 1, stderr: 'read error' }
    },
  })
}

const problems = async (host: ReturnType<typeof machine>) => {
  const look = await lookAtDevices(host)
  if (look.kind === 'unseen') throw new Error(look.error)
  return Object.fromEntries(look.devices.map(({ path, problem }) => [path, problem]))
}

test('an empty disk is told with all that identifies it', async () => {
  const row = disk('/dev/sdb', {
    model: 'SSD 1 ',
    serial: 'S1',
    wwn: '0x5',
    rota: '1',
    size: `${3 * gib}`,
  })
  expect(await lookAtDevices(machine([row], () => ({ signatures: [] })))).toEqual({
    kind: 'seen',
    devices: [
      {
        path: '/dev/sdb',
        sizeKib: 3 * 1024 * 1024,
        rotational: true,
        model: 'SSD 1',
        serial: 'S1',
        wwn: '0x5',
      },
    ],
  })
})

test('whatever speaks against a disk is named, and such a disk is not even read', async () => {
  const part = { path: '/dev/sdc1', type: 'part' }
  const volume = { path: '/dev/mapper/vg-a', type: 'lvm' }
  const host = machine(
    [
      disk('/dev/sdb', { mountpoint: '/srv', fstype: 'ext4' }),
      disk('/dev/sdc', { pttype: 'gpt', children: [part] }),
      disk('/dev/sdd', { fstype: 'LVM2_member', children: [volume, volume] }),
      disk('/dev/sde', { pttype: 'dos' }),
      disk('/dev/sdf', { fstype: 'zfs_member', label: 'tank' }),
      disk('/dev/sdg', { mountpoint: '[SWAP]', fstype: 'swap' }),
      disk('/dev/sdh', { size: gib }),
      disk('/dev/sdi', { ro: true }),
      disk('/dev/sr0', { type: 'rom' }),
      disk('/dev/sdj', { size: 0 }),
    ],
    () => {
      throw new Error('nothing is left to be read')
    },
  )
  expect(await problems(host)).toEqual({
    '/dev/sdb': 'it is mounted on /srv',
    '/dev/sdc': 'it has the partitions sdc1',
    '/dev/sdd': 'it is used by vg-a',
    '/dev/sde': 'it has a partition table (dos)',
    '/dev/sdf': 'it holds zfs_member named tank',
    '/dev/sdg': 'the machine swaps on it',
    '/dev/sdh': 'it is too small: a storage pool needs more than 1 GiB',
    '/dev/sdi': 'it can only be read',
    '/dev/sr0': 'it is no disk but a device of type rom',
  })
})

test('what udev has not seen is found by reading: one process for all disks', async () => {
  const host = machine([disk('/dev/sdb'), disk('/dev/sdc'), disk('/dev/sdd')], () => ({
    signatures: [
      { device: 'sdb', type: 'bcache' },
      { device: 'sdd', type: 'PMBR' },
      { device: 'sdd', type: 'gpt' },
    ],
  }))
  expect(await problems(host)).toEqual({
    '/dev/sdb': 'it holds bcache',
    '/dev/sdc': undefined,
    '/dev/sdd': 'it has a partition table (PMBR)',
  })
  expect(host.commands).toHaveLength(2)
})

test('a disk that cannot be read is not taken for an empty one, and hides no other', async () => {
  const host = machine([disk('/dev/sdb'), disk('/dev/sdc')], (devices) =>
    devices.includes('/dev/sdb') ? undefined : { signatures: [] },
  )
  const found = await problems(host)
  expect(found['/dev/sdb']).toContain('cannot be told: wipefs ended with 1: read error')
  expect(found['/dev/sdc']).toBeUndefined()
})

test('where lsblk says nothing that can be read, nothing is concluded', async () => {
  const host = recordedHost({ answer: () => ({ stdout: 'lsblk: oops' }) })
  expect(await lookAtDevices(host)).toEqual({ kind: 'unseen', error: 'lsblk printed no report' })
  const none = recordedHost({ answer: () => undefined })
  expect(await lookAtDevices(none)).toMatchObject({ kind: 'unseen' })
})
