/** Reads the JSON of lsblk and wipefs: just the fields that judging a device needs. */
import { z } from 'zod'

/** Older ones print numbers and truth as text (before 2.33), newer ones as such. */
const Size = z.union([z.number(), z.string()]).transform(Number)
const Truth = z
  .union([z.boolean(), z.string()])
  .transform((value) => value === true || value === '1')
const Text = z
  .string()
  .nullish()
  .transform((text) => text?.trim() || undefined)

const fields = {
  path: z.string(),
  size: Size,
  type: z.string(),
  rota: Truth,
  ro: Truth,
  fstype: Text,
  label: Text,
  pttype: Text,
  mountpoint: Text,
  model: Text,
  serial: Text,
  wwn: Text,
}

const Child = z.object({ path: z.string(), type: z.string(), fstype: Text, label: Text })
const Device = z.object({ ...fields, children: z.array(Child).optional() })
const Report = z.object({ blockdevices: z.array(Device) })
const Signatures = z.object({
  signatures: z.array(z.object({ device: z.string(), type: z.string() })),
})

/** A device that is below all others, and what is directly on it. */
export type BlockDevice = {
  readonly path: string
  readonly sizeKib: number
  /** lsblk's word: `disk`, `rom`, … */
  readonly type: string
  readonly rotational: boolean
  readonly readOnly: boolean
  /** What udev remembers to have found on it. */
  readonly content?: string
  readonly label?: string
  readonly partitionTable?: string
  readonly mountPoint?: string
  readonly model?: string
  readonly serial?: string
  readonly wwn?: string
  readonly children: readonly {
    readonly path: string
    readonly type: string
    readonly fstype?: string | undefined
    readonly label?: string | undefined
  }[]
}

/** Text of `lsblk --json --bytes` → devices at the bottom; undefined when it is no report. */
export function parseLsblk(text: string): BlockDevice[] | undefined {
  const report = Report.safeParse(json(text))
  return report.success ? report.data.blockdevices.map(deviceOf) : undefined
}

function deviceOf(row: z.infer<typeof Device>): BlockDevice {
  const { path, type, fstype, label, pttype, mountpoint, model, serial, wwn } = row
  return {
    path,
    sizeKib: Math.floor(row.size / 1024),
    type,
    rotational: row.rota,
    readOnly: row.ro,
    ...(fstype === undefined ? {} : { content: fstype }),
    ...(label === undefined ? {} : { label }),
    ...(pttype === undefined ? {} : { partitionTable: pttype }),
    ...(mountpoint === undefined ? {} : { mountPoint: mountpoint }),
    ...(model === undefined ? {} : { model }),
    ...(serial === undefined ? {} : { serial }),
    ...(wwn === undefined ? {} : { wwn }),
    children: row.children ?? [],
  }
}

/**
 * Text of `wipefs --no-act --json` → types by the last part of the device's path, which is all that
 * it prints; nothing at all when nothing was found. Undefined when it is no report.
 */
export function parseSignatures(text: string): ReadonlyMap<string, readonly string[]> | undefined {
  if (text.trim() === '') return new Map()
  const report = Signatures.safeParse(json(text))
  if (!report.success) return undefined
  const found = new Map<string, string[]>()
  for (const { device, type } of report.data.signatures) {
    const types = found.get(device) ?? []
    if (!types.includes(type)) types.push(type)
    found.set(device, types)
  }
  return found
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
