/** Owner marks as LVM tags, which allow letters, digits and `_+.-/=!:#&` only. */

export const newTag = 'varve.new'
const prefix = 'varve:'
const rollbackPrefix = 'varve.rollback:'

/** Operations are named by ids, of whose letters LVM allows all. */
export const rollbackTag = (operation: string) => `${rollbackPrefix}${operation}`

/** Owner → tag, one to one: every other byte and `=` itself becomes `=hex`. */
export function ownerTag(owner: string): string {
  const text = owner.replaceAll(/[^A-Za-z0-9_+.\-/!:#&]/gu, (c) =>
    [...new TextEncoder().encode(c)].map((b) => `=${b.toString(16).padStart(2, '0')}`).join(''),
  )
  return `${prefix}${text}`
}

/** The owner among an LV's tags (comma-separated as lvs prints them); undefined: not ours. */
export function readTags(tags: string): { owner?: string; isNew: boolean; rolledBack?: string } {
  const list = tags.split(',')
  const tag = list.find((t) => t.startsWith(prefix))
  const isNew = list.includes(newTag)
  if (tag === undefined) return { isNew }
  const rolledBack = list.find((t) => t.startsWith(rollbackPrefix))?.slice(rollbackPrefix.length)
  const owner = decode(tag.slice(prefix.length))
  return { owner, isNew, ...(rolledBack === undefined ? {} : { rolledBack }) }
}

function decode(text: string): string {
  const bytes: number[] = []
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === '=') {
      bytes.push(Number.parseInt(text.slice(i + 1, i + 3), 16))
      i += 2
    } else bytes.push(text.charCodeAt(i))
  }
  return new TextDecoder().decode(new Uint8Array(bytes))
}
