/** drbdmeta's dump-md and restore-md: metadata as text. */
import type { BlockDevice } from '../block.ts'
import type { Machine } from '../machine.ts'
import { createMetadata, type DrbdMetadata, slotOf, zero } from './metadata.ts'

const flag = { consistent: 1 << 0, primary: 1 << 1, upToDate: 1 << 4, alClean: 1 << 7 } as const

const flagsOf = (md: DrbdMetadata) =>
  (md.consistent ? flag.consistent : 0) |
  (md.primary ? flag.primary : 0) |
  (md.upToDate ? flag.upToDate : 0) |
  (md.version === 'v09' ? flag.alClean : 0)

const hex = (value: number) => `0x${value.toString(16).toUpperCase().padStart(8, '0')}`

export function dumpMetadata(
  md: DrbdMetadata,
  device: BlockDevice,
  machine: Machine,
  command: string,
): string {
  const now = machine.shared.clock.now()
  const date = new Date(now).toISOString().slice(0, 19).replace('T', ' ')
  const head = `# DRBD meta data dump\n# ${date} +0000 [${Math.floor(now / 1000)}]\n# ${machine.uname}> ${command}\n#\n\nversion "${md.version}";\n\n`
  const tail = `# al-extents 257;\nla-size-sect ${md.sizeKib * 2};\nbm-byte-per-bit 4096;\ndevice-uuid 0x82DE2E6888DB0022;\nla-peer-max-bio-size 0;\nal-stripes 1;\nal-stripe-size-4k 8;\n`
  if (md.version === 'v08') return `${head}${eight(md, device)}${tail}`
  return `${head}${nine(md)}${tail}`
}

function eight(md: DrbdMetadata, device: BlockDevice): string {
  const end = md.external ? 0 : device.sizeKib * 1024 - 4096
  const uuids = [md.current, slotOf(md, 0).uuid, md.history[0] ?? zero, md.history[1] ?? zero]
  return `# md_offset ${end}\n\nuuid {\n    ${uuids.map((each) => `0x${each};`).join(' ')}\n    flags ${hex(flagsOf(md))};\n}\n`
}

function nine(md: DrbdMetadata): string {
  const peers = Array.from({ length: 32 }, (_, nodeId) => {
    const slot = md.slots.get(nodeId)
    return `peer[${nodeId}] {\n    bitmap-index -1;\n    bitmap-uuid 0x${slot?.uuid ?? zero};\n    bitmap-dagtag 0x0000000000000000;\n    flags 0x00000000;\n}\n`
  })
  const history = Array.from(
    { length: 8 },
    (_, row) =>
      `        ${Array.from({ length: 4 }, (_, column) => `0x${md.history[row * 4 + column] ?? zero};`).join(' ')}\n`,
  )
  return `max-peers ${md.maxPeers};\n\nnode-id ${md.nodeId};\ncurrent-uuid 0x${md.current};\nflags ${hex(flagsOf(md))};\n${peers.join('')}history-uuids {\n${history.join('')}}\n`
}

/** Reads a dump; undefined when it is none of this version. 9's peers are read by their number. */
export function restoreMetadata(
  text: string,
  version: 'v08' | 'v09',
  external: boolean,
): DrbdMetadata | undefined {
  const body = text.replaceAll(/#[^\n]*/g, '')
  if (!new RegExp(`version\\s+"${version}"\\s*;`).test(body)) return undefined
  const number = (pattern: RegExp) => Number(pattern.exec(body)?.[1] ?? 0)
  const md = createMetadata(version, external, number(/max-peers\s+(\d+)/) || 1)
  const flags = Number.parseInt(/flags\s+0x([0-9A-Fa-f]+)/.exec(body)?.[1] ?? '0', 16)
  md.consistent = (flags & flag.consistent) !== 0
  md.upToDate = (flags & flag.upToDate) !== 0
  md.sizeKib = number(/la-size-sect\s+(\d+)/) / 2
  if (version === 'v08') {
    const uuids = /uuid\s*\{([^}]*)/.exec(body)?.[1]?.match(/0x[0-9A-Fa-f]{16}/g) ?? []
    if (uuids.length < 4) return undefined
    const [current = zero, bitmap = zero, ...history] = uuids.map((each) =>
      each.slice(2).toUpperCase(),
    )
    md.current = current
    slotOf(md, 0).uuid = bitmap
    md.history = history
    return md
  }
  const current = /current-uuid\s+0x([0-9A-Fa-f]{16})/.exec(body)?.[1]
  if (!current) return undefined
  md.current = current.toUpperCase()
  for (const match of body.matchAll(/peer\[(\d+)\]\s*\{[^}]*?bitmap-uuid\s+0x([0-9A-Fa-f]{16})/g)) {
    if (match[2] !== zero) slotOf(md, Number(match[1])).uuid = (match[2] ?? zero).toUpperCase()
  }
  return md
}
