/** Reads the JSON reports of lvs and vgs: just the fields that planning needs. */
import { z } from 'zod'
import type { BackingObject, PlaceSize } from '../../core/inventory.ts'
import { readTags } from './mark.ts'

const Lv = z.object({
  lv_name: z.string(),
  vg_name: z.string(),
  lv_size: z.string(),
  lv_attr: z.string(),
  lv_tags: z.string(),
  data_percent: z.string(),
  metadata_percent: z.string(),
})
const LvReport = z.object({ report: z.array(z.object({ lv: z.array(Lv).default([]) })) })

const Vg = z.object({
  vg_name: z.string(),
  vg_size: z.string(),
  vg_free: z.string(),
  vg_extent_size: z.string(),
})
const Vgs = z.array(Vg).default([])
const VgReport = z.object({ report: z.array(z.object({ vg: Vgs, lv: Vgs })) })

/** Text of `lvs --reportformat json --units k --nosuffix` → LVs; undefined when it is no report. */
export function parseLvs(text: string): BackingObject[] | undefined {
  const report = LvReport.safeParse(json(text))
  return report.success ? report.data.report.flatMap((r) => r.lv.map(objectOf)) : undefined
}

/** Text of `vgs`, or of an `lvs` that also prints its fields → sizes by group; undefined: no report. */
export function parseGroups(text: string): Map<string, PlaceSize> | undefined {
  const report = VgReport.safeParse(json(text))
  if (!report.success) return undefined
  const rows = report.data.report.flatMap((r) => [...r.vg, ...r.lv])
  return new Map(
    rows.map((vg) => [
      vg.vg_name,
      {
        totalKib: kib(vg.vg_size),
        freeKib: kib(vg.vg_free),
        granularityKib: kib(vg.vg_extent_size),
      },
    ]),
  )
}

function objectOf(lv: z.infer<typeof Lv>): BackingObject {
  const sizeKib = kib(lv.lv_size)
  const isPool = lv.lv_attr.startsWith('t')
  const isThin = lv.lv_attr.startsWith('V')
  // lv_attr: the fifth letter is `a` when active, the sixth `o` when open (lvs(8)).
  const isActive = lv.lv_attr[4] === 'a'
  const key = `${lv.vg_name}/${lv.lv_name}`
  const percent = Number(lv.data_percent)
  return {
    key,
    place: lv.vg_name,
    name: lv.lv_name,
    sizeKib,
    allocatedKib: isThin ? Math.round((sizeKib * percent) / 100) : sizeKib,
    ...(isActive && !isPool ? { device: `/dev/${key}` } : {}),
    ...readTags(lv.lv_tags),
    ...(!isPool && lv.lv_attr[5] === 'o' ? { isOpen: true as const } : {}),
    isPool,
    // The eighth is `z` when a pool zeroes its blocks before they are used.
    ...(isPool ? { zeroes: lv.lv_attr[7] === 'z' } : {}),
    ...(isPool ? poolProblem(lv) : {}),
    ...(isPool && lv.data_percent !== '' ? { dataPercent: percent } : {}),
    ...(isPool && lv.metadata_percent !== ''
      ? { metadataPercent: Number(lv.metadata_percent) }
      : {}),
  }
}

/** lvs(8), lv_attr: the fifth letter says that it must be repaired, the ninth its health. */
function poolProblem(lv: z.infer<typeof Lv>): Pick<BackingObject, 'poolProblem'> {
  const [state, health] = [lv.lv_attr[4], lv.lv_attr[8]]
  if (state === 'c' || state === 'C' || health === 'F') return { poolProblem: 'damaged' }
  const isFull = (percent: string) => percent !== '' && Number(percent) >= 100
  if (health === 'M' || isFull(lv.metadata_percent)) return { poolProblem: 'metadata-full' }
  return health === 'D' || isFull(lv.data_percent) ? { poolProblem: 'data-full' } : {}
}

/** `204800.00` → 204800. */
function kib(text: string): number {
  return Math.floor(Number(text))
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
