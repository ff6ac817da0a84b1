/** The columns of lvs, vgs and pvs: how each is printed. Blanks in a heading are its least width. */
import type { Machine } from '../machine.ts'
import {
  chunkKib,
  dataPercent,
  diskExtents,
  freeExtents,
  type LogicalVolume,
  mapperName,
  metadataPercent,
  thinOf,
  totalExtents,
  usedExtents,
  type VolumeGroup,
} from './model.ts'
import type { Sizes } from './units.ts'

export type Row = {
  readonly machine: Machine
  readonly group?: VolumeGroup
  readonly volume?: LogicalVolume
  readonly disk?: string
  /** Names of the volumes in the group that have snapshots. */
  readonly origins?: ReadonlySet<string>
}

export type Field = {
  readonly heading: string
  readonly right?: boolean
  readonly print: (row: Row, sizes: Sizes) => string
}

type PrintVolume = (volume: LogicalVolume, group: VolumeGroup, sizes: Sizes, row: Row) => string
type PrintGroup = (group: VolumeGroup, sizes: Sizes, row: Row) => string

const ofVolume = (heading: string, print: PrintVolume, right = false): Field => ({
  heading,
  right,
  print: (row, sizes) => (row.volume && row.group ? print(row.volume, row.group, sizes, row) : ''),
})
const ofGroup = (heading: string, print: PrintGroup, right = false): Field => ({
  heading,
  right,
  print: (row, sizes) => (row.group ? print(row.group, sizes, row) : ''),
})

export const volumeFields: Readonly<Record<string, Field>> = {
  lv_name: ofVolume('LV', (volume) => volume.name),
  lv_full_name: ofVolume('LV', (volume, group) => `${group.name}/${volume.name}`),
  lv_uuid: ofVolume('LV UUID', (volume) => volume.uuid),
  lv_attr: ofVolume('Attr', attributes),
  lv_size: ofVolume('LSize', (volume, _, sizes) => sizes.print(volume.device.sizeKib), true),
  lv_path: ofVolume('Path', (volume, group) =>
    volume.kind === 'thin-pool' ? '' : `/dev/${group.name}/${volume.name}`,
  ),
  lv_dm_path: ofVolume(
    'DMPath',
    (volume, group) => `/dev/mapper/${mapperName(group.name, volume.name)}`,
  ),
  lv_tags: ofVolume('LV Tags', (volume) => [...volume.tags].sort().join(',')),
  lv_active: ofVolume('Active', (volume) => (volume.active ? 'active' : '')),
  lv_permissions: ofVolume('LPerms', (volume) => (volume.readOnly ? 'read-only' : 'writeable')),
  lv_layout: ofVolume('Layout', (volume) => layouts[volume.kind]),
  lv_role: ofVolume('Role', role),
  lv_health_status: ofVolume('Health', health),
  lv_skip_activation: ofVolume('SkipAct', (volume) =>
    volume.skipActivation ? 'skip activation' : '',
  ),
  lv_time: ofVolume('CTime', (volume) => printTime(volume.createdAt)),
  lv_kernel_major: ofVolume('KMaj', (volume) => (volume.active ? '254' : '-1'), true),
  lv_kernel_minor: ofVolume(
    'KMin',
    (volume) => (volume.active ? `${volume.device.minor}` : '-1'),
    true,
  ),
  lv_parent: ofVolume('Parent', () => ''),
  lv_read_ahead: ofVolume('Rahead', () => 'auto', true),
  seg_count: ofVolume('#Seg', () => '1', true),
  segtype: ofVolume('Type', (volume) => volume.kind),
  stripes: ofVolume('#Str', (volume) => (volume.kind === 'thin' ? '0' : '1'), true),
  chunk_size: ofVolume(
    'Chunk',
    (volume, _, sizes) => (volume.kind === 'thin-pool' ? sizes.print(chunkKib) : sizes.print(0)),
    true,
  ),
  pool_lv: ofVolume('Pool', (volume) => volume.pool ?? ''),
  origin: ofVolume('Origin', (volume) => volume.origin ?? ''),
  data_percent: ofVolume('Data% ', printData),
  metadata_percent: ofVolume('Meta% ', (volume, group) =>
    volume.kind === 'thin-pool' && volume.active ? metadataPercent(group, volume).toFixed(2) : '',
  ),
  move_pv: ofVolume('Move', () => ''),
  mirror_log: ofVolume('Log', () => ''),
  copy_percent: ofVolume('Cpy%Sync', () => '', true),
  convert_lv: ofVolume('Convert', () => ''),
}

export const groupFields: Readonly<Record<string, Field>> = {
  vg_name: ofGroup('VG', (group) => group.name),
  vg_uuid: ofGroup('VG UUID', (group) => group.uuid),
  vg_attr: ofGroup('Attr', () => 'wz--n-'),
  vg_size: ofGroup(
    'VSize',
    (group, sizes, row) => sizes.print(totalExtents(row.machine, group) * group.extentKib),
    true,
  ),
  vg_free: ofGroup(
    'VFree',
    (group, sizes, row) => sizes.print(freeExtents(row.machine, group) * group.extentKib),
    true,
  ),
  vg_extent_size: ofGroup('Ext', (group, sizes) => sizes.print(group.extentKib), true),
  vg_extent_count: ofGroup('#Ext', (group, _, row) => `${totalExtents(row.machine, group)}`, true),
  vg_free_count: ofGroup('Free', (group, _, row) => `${freeExtents(row.machine, group)}`, true),
  vg_tags: ofGroup('VG Tags', (group) => [...group.tags].sort().join(',')),
  pv_count: ofGroup('#PV', (group) => `${group.disks.length}`, true),
  lv_count: ofGroup('#LV', (group) => `${group.volumes.size}`, true),
  snap_count: ofGroup(
    '#SN',
    (group) => `${[...group.volumes.values()].filter((each) => each.kind === 'snapshot').length}`,
    true,
  ),
}

type PrintDisk = (disk: string, row: Row, sizes: Sizes) => string
const ofDisk = (heading: string, print: PrintDisk, right = false): Field => ({
  heading,
  right,
  print: (row, sizes) => (row.disk === undefined ? '' : print(row.disk, row, sizes)),
})

export const diskFields: Readonly<Record<string, Field>> = {
  pv_name: ofDisk('PV        ', (disk) => `/dev/${disk}`),
  pv_fmt: ofDisk('Fmt', () => 'lvm2'),
  pv_attr: ofDisk('Attr', (_, row) => (row.group ? 'a--' : '---')),
  pv_uuid: ofDisk('PV UUID', (disk, row) => {
    const uuid = row.machine.disks.get(disk)?.signatures[0]?.uuid
    return uuid ? uuid : disk
  }),
  pv_size: ofDisk('PSize', (disk, row, sizes) => sizes.print(diskKib(disk, row)), true),
  pv_free: ofDisk(
    'PFree',
    (disk, row, sizes) => sizes.print(diskKib(disk, row) - usedOn(disk, row)),
    true,
  ),
  pv_used: ofDisk('Used', (disk, row, sizes) => sizes.print(usedOn(disk, row)), true),
  dev_size: ofDisk(
    'DevSize',
    (disk, row, sizes) => sizes.print(row.machine.disks.get(disk)?.sizeKib ?? 0),
    true,
  ),
  pv_pe_count: ofDisk(
    'PE',
    (disk, row) => `${row.group ? diskExtents(row.machine, row.group, disk) : 0}`,
    true,
  ),
  pv_pe_alloc_count: ofDisk(
    'Alloc',
    (disk, row) => `${row.group ? usedOn(disk, row) / row.group.extentKib : 0}`,
    true,
  ),
}

const diskKib = (disk: string, row: Row): number =>
  row.group
    ? diskExtents(row.machine, row.group, disk) * row.group.extentKib
    : (row.machine.disks.get(disk)?.sizeKib ?? 0)

/** Volumes are laid out over the disks of a group in order. */
function usedOn(disk: string, row: Row): number {
  if (!row.group) return 0
  let left = usedExtents(row.group)
  for (const each of row.group.disks) {
    const here = Math.min(left, diskExtents(row.machine, row.group, each))
    if (each === disk) return here * row.group.extentKib
    left -= here
  }
  return 0
}

const layouts = {
  linear: 'linear',
  thin: 'thin,sparse',
  'thin-pool': 'thin,pool',
  snapshot: 'linear',
} as const

/** The ten characters of lvs's Attr, lvs(8). */
function attributes(volume: LogicalVolume, group: VolumeGroup, _: Sizes, row: Row): string {
  const isOrigin = row.origins?.has(volume.name) ?? false
  const thin = volume.kind === 'thin' || volume.kind === 'thin-pool'
  const kinds = { linear: '-', thin: 'V', 'thin-pool': 't', snapshot: 's' } as const
  const open =
    volume.kind === 'thin-pool'
      ? thinOf(group, volume.name).some((each) => each.active)
      : volume.device.openers.size > 0
  return [
    isOrigin ? 'o' : kinds[volume.kind],
    volume.readOnly ? 'r' : 'w',
    'i',
    '-',
    volume.active ? 'a' : '-',
    open && volume.active ? 'o' : '-',
    thin ? 't' : isOrigin || volume.kind === 'snapshot' ? 's' : '-',
    thin && volume.zero ? 'z' : '-',
    healthLetters[health(volume, group)] ?? '-',
    volume.skipActivation ? 'k' : '-',
  ].join('')
}

const healthLetters: Readonly<Record<string, string>> = {
  out_of_data: 'D',
  metadata_read_only: 'M',
}

function health(volume: LogicalVolume, group: VolumeGroup): string {
  if (volume.kind !== 'thin-pool') return ''
  if (dataPercent(group, volume) >= 100) return 'out_of_data'
  return metadataPercent(group, volume) >= 100 ? 'metadata_read_only' : ''
}

function role(volume: LogicalVolume, group: VolumeGroup): string {
  if (volume.kind === 'thin-pool') return 'private'
  const isOrigin = [...group.volumes.values()].some((each) => each.origin === volume.name)
  const thin = volume.kind === 'thin'
  return [
    'public',
    ...(isOrigin ? ['origin', thin ? 'thinorigin' : 'thickorigin'] : []),
    ...(volume.origin === undefined ? [] : ['snapshot', thin ? 'thinsnapshot' : 'thicksnapshot']),
  ].join(',')
}

function printData(volume: LogicalVolume, group: VolumeGroup): string {
  if (!volume.active || volume.kind === 'linear') return ''
  if (volume.kind === 'thin-pool') return dataPercent(group, volume).toFixed(2)
  return ((100 * volume.device.allocatedKib) / volume.device.sizeKib).toFixed(2)
}

/** `2026-11-22 14:47:12 +0000`. */
function printTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} +0000`
}
