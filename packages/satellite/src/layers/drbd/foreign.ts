/** DRBD configuration that is not ours, read only so far that we keep away from its names. */
import type { ForeignConfig } from '../../core/inventory.ts'

/** Resource names and minors of a drbd.conf text; comments do not count. */
export function readForeign(file: string, text: string): ForeignConfig | undefined {
  const code = text.replaceAll(/#.*$/gm, '')
  const resources = [...code.matchAll(/\bresource\s+"?([^\s"{]+)"?\s*\{/g)].map((m) => m[1] ?? '')
  const minors = [...code.matchAll(/\bminor\s+(\d+)\s*;/g)].map((m) => Number(m[1]))
  const devices = [...code.matchAll(/\bdevice\s+"?\/dev\/drbd(\d+)"?\s*;/g)].map((m) =>
    Number(m[1]),
  )
  if (resources.length === 0) return undefined
  return { file, resources, minors: [...minors, ...devices] }
}
