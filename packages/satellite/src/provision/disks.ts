/** The disks of a device pool that is to be made: found again, and still fit for it. */
import type { DesiredDevicePool } from '@varve/events'
import type { Step } from '../core/step.ts'
import { findDisk, type ProvisionSight } from './sight.ts'

export type Disks =
  | { readonly kind: 'chosen'; readonly paths: readonly string[] }
  | { readonly kind: 'problem'; readonly problem: string }

/** `isOurs`: what is found on it we have put there ourselves, for this very pool. */
export function chooseDisks(
  { devices }: DesiredDevicePool,
  sight: ProvisionSight,
  isOurs: (path: string, index: number) => boolean,
): Disks {
  const paths: string[] = []
  for (const [index, wanted] of devices.entries()) {
    const disk = findDisk(wanted, sight.devices)
    if (!disk) {
      const known = [wanted.serial, wanted.wwn].filter((name) => name !== undefined).join(', ')
      const as = known === '' ? '' : ` known as ${known}`
      const problem = `the disk that was ${wanted.path}${as} with ${wanted.sizeKib} KiB is not there`
      return { kind: 'problem', problem }
    }
    if (disk.problem !== undefined && !isOurs(disk.path, index)) {
      return { kind: 'problem', problem: `${disk.path} is left alone: ${disk.problem}` }
    }
    paths.push(disk.path)
  }
  return { kind: 'chosen', paths }
}

/** Right before the tool that writes: what the look saw may be old by now. */
export const vacant = (device: string): Step => ({
  kind: 'vacant',
  name: 'check disk',
  why: `${device} must be empty and free at this moment`,
  device,
})
