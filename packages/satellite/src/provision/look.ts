/** Looks at what a device pool is made of, and asks each tool once. Only while there is one to do. */
import type { DesiredDevicePool } from '@varve/events'
import { z } from 'zod'
import { lsblkArgv } from '../devices/argv.ts'
import { lookAtDevices } from '../devices/look.ts'
import { parseLsblk } from '../devices/parse.ts'
import type { Host } from '../host/host.ts'
import { problemOf } from '../storage/look.ts'
import { readTags } from '../storage/lvm/mark.ts'
import { parseLvs } from '../storage/lvm/parse.ts'
import { lvsArgv } from '../storage/lvm/steps.ts'
import { readOwner } from '../storage/zfs/mark.ts'
import { parseZpools } from '../storage/zfs/parse.ts'
import { zpoolListArgv } from '../storage/zfs/steps.ts'
import { pvsArgv } from './lvm.ts'
import { partsOf } from './names.ts'
import type { PhysicalVolume, ProvisionSight, ZpoolSight } from './sight.ts'
import { insideArgv } from './zfs.ts'

/** A sentence part: why the machine cannot be judged now. */
export type Unseen = { readonly unseen: string }
export const isUnseen = <T extends object>(seen: T | Unseen): seen is Unseen => 'unseen' in seen

const nothing: Omit<ProvisionSight, 'devices'> = { physicalVolumes: [], volumes: [], labelled: [] }

export async function lookFor(
  { provider, backing }: DesiredDevicePool,
  host: Host,
): Promise<ProvisionSight | Unseen> {
  const disks = await lookAtDevices(host)
  if (disks.kind === 'unseen') return { unseen: disks.error }
  const isLvm = provider === 'LVM' || provider === 'LVM_THIN'
  const rest = isLvm ? await lookAtGroup(backing, host) : await lookAtZpool(backing, host)
  return isUnseen(rest) ? rest : { ...nothing, devices: disks.devices, ...rest }
}

const Pvs = z.object({
  report: z.array(
    z.object({
      pv: z.array(
        z.object({
          pv_name: z.string(),
          pv_uuid: z.string(),
          vg_name: z.string(),
          vg_tags: z.string(),
        }),
      ),
    }),
  ),
})

async function lookAtGroup(
  backing: string,
  host: Host,
): Promise<Pick<ProvisionSight, 'physicalVolumes' | 'volumes'> | Unseen> {
  const pvs = await host.run(pvsArgv)
  const physicalVolumes = pvs.exitCode === 0 ? parsePvs(pvs.stdout) : undefined
  if (!physicalVolumes) return { unseen: problemOf(pvs) }
  const { group } = partsOf(backing)
  if (!physicalVolumes.some((each) => each.group === group)) return { physicalVolumes, volumes: [] }
  const lvs = await host.run(lvsArgv([group]))
  const volumes = lvs.exitCode === 0 ? parseLvs(lvs.stdout) : undefined
  return volumes ? { physicalVolumes, volumes } : { unseen: problemOf(lvs) }
}

function parsePvs(text: string): PhysicalVolume[] | undefined {
  const report = Pvs.safeParse(json(text))
  if (!report.success) return undefined
  return report.data.report.flatMap(({ pv }) =>
    pv.map((row) => {
      const { owner } = readTags(row.vg_tags)
      return {
        path: row.pv_name,
        uuid: row.pv_uuid,
        group: row.vg_name,
        ...(owner === undefined ? {} : { groupOwner: owner }),
      }
    }),
  )
}

async function lookAtZpool(
  pool: string,
  host: Host,
): Promise<Pick<ProvisionSight, 'zpool' | 'labelled'> | Unseen> {
  const list = await host.run(zpoolListArgv)
  if (list.exitCode !== 0) return { unseen: problemOf(list) }
  const health = parseZpools(list.stdout).get(pool)?.health
  if (health === undefined) return { labelled: [] }
  // Whoever asks a suspended pool for its datasets waits until its disks are back.
  if (health !== 'ONLINE' && health !== 'DEGRADED') return { unseen: `zpool ${pool} is ${health}` }
  const inside = await host.run(insideArgv(pool))
  if (inside.exitCode !== 0) return { unseen: problemOf(inside) }
  const lsblk = await host.run(lsblkArgv)
  return { zpool: zpoolOf(pool, health, inside.stdout), labelled: labelsOf(pool, lsblk.stdout) }
}

function zpoolOf(pool: string, health: string, text: string): ZpoolSight {
  const rows = text.split('\n').filter((line) => line !== '')
  const own = rows.find((line) => line.split('\t')[0] === pool)
  const owner = own === undefined ? undefined : readOwner(own.slice(pool.length + 1), pool)
  return {
    health,
    ...(owner === undefined ? {} : { owner }),
    inside: rows.flatMap((line) => (line === own ? [] : [line.split('\t')[0] ?? ''])),
  }
}

/** Disks, or the partitions that zpool makes on them. */
function labelsOf(pool: string, lsblk: string): string[] {
  return (parseLsblk(lsblk) ?? []).flatMap((disk) => [
    ...(disk.content === 'zfs_member' && disk.label === pool ? [disk.path] : []),
    ...disk.children.flatMap(({ path, fstype, label }) =>
      fstype === 'zfs_member' && label === pool ? [path] : [],
    ),
  ])
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
