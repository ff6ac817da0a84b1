/** Size of a LUKS2 header, KiB (reference: satellite-behaviour 5; what cryptsetup 2.1 and newer do). */
import { roundUp } from '../units.ts'

const normalHeaderKib = 16 * 1024
const normalMetadataKib = 16
const smallestAlignmentKib = 1024
const sectorsPerKib = 2

/**
 * Space in front of the data. `--offset` (sectors) overrules everything; with
 * `--luks2-keyslots-size` the header is two metadata areas and the keyslots, else 16 MiB; both are
 * rounded up to 1 MiB, to the pool's optimal I/O size or to `--align-payload` (sectors).
 */
export function luksHeaderKib(formatOptions: readonly string[], optimalIoKib = 0): number {
  const offset = numberAfter(formatOptions, '--offset')
  if (offset !== undefined) return Math.ceil(offset / sectorsPerKib)
  const keyslots = sizeAfter(formatOptions, '--luks2-keyslots-size')
  const metadata = sizeAfter(formatOptions, '--luks2-metadata-size') ?? normalMetadataKib
  const header = keyslots === undefined ? normalHeaderKib : 2 * metadata + keyslots
  const payload = numberAfter(formatOptions, '--align-payload')
  const alignment = payload === undefined ? optimalIoKib : Math.ceil(payload / sectorsPerKib)
  return roundUp(header, Math.max(payload === undefined ? smallestAlignmentKib : 1, alignment))
}

/** Words of an option string, as LINSTOR splits it: at white space, without quotes. */
export function splitOptions(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '')
}

function valueAfter(options: readonly string[], name: string): string | undefined {
  const at = options.findIndex((word) => word === name || word.startsWith(`${name}=`))
  const word = options[at]
  if (word === undefined) return undefined
  return word === name ? options[at + 1] : word.slice(name.length + 1)
}

function numberAfter(options: readonly string[], name: string): number | undefined {
  const value = Number(valueAfter(options, name))
  return Number.isFinite(value) && value > 0 ? value : undefined
}

const units: Readonly<Record<string, number>> = { '': 1 / 1024, k: 1, m: 1024, g: 1024 ** 2 }

/** cryptsetup's sizes: bytes, or with k, m, g (binary). */
function sizeAfter(options: readonly string[], name: string): number | undefined {
  const match = /^(\d+)([kmg]?)(?:ib)?$/i.exec(valueAfter(options, name) ?? '')
  const unit = units[(match?.[2] ?? '').toLowerCase()]
  return match && unit !== undefined ? Math.ceil(Number(match[1]) * unit) : undefined
}
