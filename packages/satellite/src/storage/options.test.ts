import type { Props, Provider } from '@varve/events'
import { expect, test } from 'vitest'
import { stepArgv } from '../core/step.ts'
import { commands, inventory, lv, present, storage, volume } from '../given.ts'
import { lvmThinSnapshots } from './lvm-thin/snapshots.ts'
import { zfsSnapshots } from './zfs/snapshots.ts'

const there = { state: 'present' as const }
const places = new Map([
  ['vg0', there],
  ['zfs:tank', there],
])
const empty = inventory({ rest: { places } })

const backings: Partial<Record<Provider, string>> = { LVM: 'vg0', LVM_THIN: 'vg0/thin' }

/** What is run for a volume with these properties that is not there yet. */
function planned(provider: Provider, props: Props, seen = empty): string[] {
  const backing = backings[provider] ?? 'tank'
  const wanted = volume({ storage: storage({ provider, backing, props }) })
  return commands(present({ volumes: [wanted] }), seen)
}

test('a thick volume gets its type and its options, after all that is ours', () => {
  const props = {
    'StorDriver/LvcreateType': 'raid1',
    'StorDriver/LvcreateOptions': "-m 1 --addtag 'of mine' /dev/sdb",
  }
  expect(planned('LVM', props)[0]).toMatch(
    / --size 204800k --type raid1 --name web_00000 vg0 -m 1 --addtag of mine \/dev\/sdb$/,
  )
})

test('so do thin volumes and those of ZFS, where the marks come last', () => {
  const thin = planned('LVM_THIN', { 'StorDriver/LvcreateOptions': '--setautoactivation n' })
  expect(thin[0]).toMatch(/ --name web_00000 vg0 --setautoactivation n$/)
  const zfs = planned('ZFS_THIN', { 'StorDriver/ZfscreateOptions': '-b 16K -o compression=lz4' })
  expect(zfs[0]).toMatch(/^zfs create -s -V 204800K -b 16K -o compression=lz4 -o io.varve:owner=/)
})

test('a time for the device is waited, and no longer', () => {
  const props = { 'StorDriver/WaitTimeoutAfterCreate': '7500' }
  expect(planned('LVM', props)[1]).toBe(
    'udevadm settle --timeout=8 --exit-if-exists=/dev/vg0/web_00000',
  )
  expect(planned('LVM', {}).join()).not.toContain('udevadm')
})

test('a volume of LVM is counted where somebody asked for that, and one of ZFS never', () => {
  const props = { 'StorDriver/DMStats': 'true' }
  expect(planned('LVM_THIN', props)[1]).toBe('dmstats create /dev/vg0/web_00000')
  expect(planned('LVM_THIN', { 'StorDriver/DMStats': 'false' }).join()).not.toContain('dmstats')
  expect(planned('ZFS', props).join()).not.toContain('dmstats')
})

test('a snapshot gets its options, which cannot be those of another object', () => {
  const of = { snapshot: 's1', owner: 'them', source: 'web_00000' }
  const lvm = { ...of, backing: 'vg0/thin', options: "--addtag 'of mine' -r none" }
  const [thin] = lvmThinSnapshots.take(lvm)
  expect(thin && stepArgv(thin).join(' ')).toMatch(/ vg0\/web_00000 --addtag of mine -r none$/)
  const [zfs] = zfsSnapshots.take({ ...of, backing: 'tank', options: '-o com.me:kept=yes' })
  expect(zfs && stepArgv(zfs).join(' ')).toMatch(/ -o com\.me:kept=yes tank\/web_00000@s1$/)
})

test('options from before they were judged make nothing, and hinder nothing that is there', () => {
  const props = { 'StorDriver/LvcreateOptions': '--name mine' }
  expect(planned('LVM', props)).toEqual([
    'refused: the property StorDriver/LvcreateOptions: "--name" is not among the options of lvcreate that Varve passes on',
  ])
  const made = inventory({ objects: [lv()], rest: { places } })
  expect(planned('LVM', props, made)).toEqual([])
})
