/** Reads what dmsetup prints: which mappings there are, and what lies behind those of dm-crypt. */
import type { CryptMapping } from '../../core/inventory.ts'

/** `dmsetup info` with `name|uuid`: UUID by name. It says "No devices found" of an empty list. */
export function parseInfo(text: string): Map<string, string> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [name, uuid] = line.trim().split('|')
      return name && uuid !== undefined ? [[name, uuid] as const] : []
    }),
  )
}

/**
 * `<name>: <start> <sectors> crypt <cipher> <key> <iv offset> <device> <offset> [<n> <option>…]`.
 * The key is zeroes or the name of a key in the kernel's ring: dmsetup hides it.
 */
const tableLine =
  /^(?<name>.+?): 0 (?<sectors>\d+) crypt \S+ \S+ \d+ \S+ (?<offset>\d+)(?: \d+ (?<options>.*))?$/

/** `dmsetup table --target crypt`, joined with the UUIDs. A mapping of several parts is left out. */
export function parseMappings(
  table: string,
  uuids: ReadonlyMap<string, string>,
): Map<string, CryptMapping> {
  const mappings = new Map<string, CryptMapping>()
  for (const line of table.split('\n')) {
    const found = tableLine.exec(line.trim())?.groups
    const { name, sectors, offset, options = '' } = found ?? {}
    if (name === undefined) continue
    mappings.set(name, {
      name,
      uuid: uuids.get(name) ?? '',
      sizeKib: Math.floor(Number(sectors) / 2),
      offsetKib: Math.ceil(Number(offset) / 2),
      allowsDiscards: options.split(' ').includes('allow_discards'),
    })
  }
  return mappings
}
