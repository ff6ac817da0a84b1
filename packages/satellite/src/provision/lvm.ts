/** Volume groups and thin pools out of disks, and back. Pure; each step is checked by a new look. */
import type { DesiredDevicePool } from '@varve/events'
import { run, type Step, timeouts } from '../core/step.ts'
import { ownerTag } from '../storage/lvm/mark.ts'
import { lvmConfig } from '../storage/lvm/steps.ts'
import { more } from './arguments.ts'
import { chooseDisks, vacant } from './disks.ts'
import { partsOf, physicalVolumeUuid } from './names.ts'
import { done, type ProvisionPlan, refused, steps } from './plan.ts'
import type { ProvisionSight } from './sight.ts'

export const pvsArgv = [
  ...['pvs', ...lvmConfig, '--reportformat', 'json'],
  ...['--options', 'pv_name,pv_uuid,vg_name,vg_tags'],
] as const

export function planLvm(desired: DesiredDevicePool, sight: ProvisionSight): ProvisionPlan {
  return desired.state === 'present' ? make(desired, sight) : takeAway(desired, sight)
}

function make(desired: DesiredDevicePool, sight: ProvisionSight): ProvisionPlan {
  const { owner, backing } = desired
  const { group, pool } = partsOf(backing)
  const members = sight.physicalVolumes.filter((each) => each.group === group)
  if (members.length === 0) return makeGroup(desired, sight)
  if (members.some(({ groupOwner }) => groupOwner !== owner)) {
    return refused(`there is a volume group ${group} already, which was not made for this`)
  }
  if (pool === undefined) return done
  const volume = sight.volumes.find(({ key }) => key === backing)
  if (!volume) return steps([makeThinPool(desired)])
  const isOurs = volume.owner === owner && volume.isPool
  return isOurs ? done : refused(`${backing} exists, and was not made for this`)
}

function makeGroup(desired: DesiredDevicePool, sight: ProvisionSight): ProvisionPlan {
  const { owner, backing } = desired
  const { group, pool } = partsOf(backing)
  const isHalfMade = (path: string, index: number) =>
    sight.physicalVolumes.some(
      (each) =>
        each.path === path && each.group === '' && each.uuid === physicalVolumeUuid(owner, index),
    )
  const chosen = chooseDisks(desired, sight, isHalfMade)
  if (chosen.kind === 'problem') return refused(chosen.problem)
  const blank = chosen.paths.flatMap((path, index) =>
    isHalfMade(path, index) ? [] : [vacant(path), makePhysicalVolume(desired, path, index)],
  )
  const create = run(
    'vgcreate',
    [
      ...['vgcreate', ...lvmConfig, ...more(desired, 'vgCreateArguments')],
      ...['--addtag', ownerTag(owner), group, ...chosen.paths],
    ],
    `there is no volume group ${group}`,
  )
  return steps([...blank, create, ...(pool === undefined ? [] : [makeThinPool(desired)])])
}

/** Never with --yes: then LVM would wipe what it finds, and without it refuses. */
function makePhysicalVolume(desired: DesiredDevicePool, path: string, index: number): Step {
  const uuid = ['--uuid', physicalVolumeUuid(desired.owner, index), '--norestorefile']
  const words = more(desired, 'pvCreateArguments')
  const argv = ['pvcreate', ...lvmConfig, ...words, ...uuid, path]
  return run('pvcreate', argv, `${path} is empty, and is to be part of a volume group`)
}

function makeThinPool(desired: DesiredDevicePool): Step {
  const { owner, backing } = desired
  const { group, pool = '' } = partsOf(backing)
  const words = more(desired, 'lvCreateArguments')
  const what = ['--type', 'thin-pool', '--addtag', ownerTag(owner), '--extents', '100%FREE']
  const argv = ['lvcreate', ...lvmConfig, '--yes', ...words, ...what, '--name', pool, group]
  return run('lvcreate', argv, `there is no thin pool ${backing}`, { timeoutMs: timeouts.bulk })
}

/**
 * Neither removal has --yes: LVM refuses then, by itself, to take a group that has volumes or a
 * pool that has some, whatever came into it since we looked.
 */
function takeAway(desired: DesiredDevicePool, sight: ProvisionSight): ProvisionPlan {
  const { owner, backing } = desired
  const { group } = partsOf(backing)
  const members = sight.physicalVolumes.filter(
    (each) => each.group === group && each.groupOwner === owner,
  )
  if (members.length === 0) return clearDisks(desired, sight)
  const isOurPool = (key: string) => key === backing
  const others = sight.volumes.filter(
    (volume) => !(isOurPool(volume.key) && volume.isPool && volume.owner === owner),
  )
  if (others.length > 0) {
    return refused(`it is not empty: ${others.map(({ name }) => name).join(', ')} is in ${group}`)
  }
  const tag = ownerTag(owner)
  const pools = sight.volumes.flatMap(({ key }) => [
    run('deactivate pool', ['lvchange', ...lvmConfig, '--activate', 'n', key], 'it is to go'),
    run(
      'lvremove',
      ['lvremove', ...lvmConfig, '--select', `lv_tags={"${tag}"}`, key],
      `the thin pool ${key} is not wanted any more, and is empty`,
    ),
  ])
  const remove = run(
    'vgremove',
    ['vgremove', ...lvmConfig, '--select', `vg_tags={"${tag}"}`, group],
    `the volume group ${group} is not wanted any more, and is empty`,
  )
  return steps([...pools, remove])
}

/** Physical volumes that are in no group any more, or never came into one. */
function clearDisks({ owner, devices }: DesiredDevicePool, sight: ProvisionSight): ProvisionPlan {
  const uuids = new Set(devices.map((_, index) => physicalVolumeUuid(owner, index)))
  const left = sight.physicalVolumes.filter(({ group, uuid }) => group === '' && uuids.has(uuid))
  if (left.length === 0) return done
  return steps(
    left.map(({ path }) =>
      run('pvremove', ['pvremove', ...lvmConfig, path], `${path} was part of it, and is no more`),
    ),
  )
}
