/** The sidecar `<name>.img.varve`: whose image it is and whether it is still new. */

export const sidecarOf = (image: string) => `${image}.varve`

/** Undefined: it is no sidecar. */
export const imageOfSidecar = (path: string): string | undefined =>
  path.endsWith('.img.varve') ? path.slice(0, -'.varve'.length) : undefined

export function sidecarText(owner: string, state: 'new' | 'ready', rolledBack?: string): string {
  const rollback = rolledBack === undefined ? '' : `rollback: ${rolledBack}\n`
  return `# Written by Varve: without this file the image beside it counts as foreign.\nowner: ${owner}\nstate: ${state}\n${rollback}`
}

/** Undefined owner: no sidecar, so not ours. */
export function readSidecar(text: string | undefined): {
  owner?: string
  isNew: boolean
  rolledBack?: string
} {
  const owner = /^owner: (.*)$/m.exec(text ?? '')?.[1]
  if (owner === undefined) return { isNew: false }
  const isNew = /^state: new$/m.test(text ?? '')
  const rolledBack = /^rollback: (.*)$/m.exec(text ?? '')?.[1]
  return { owner, isNew, ...(rolledBack === undefined ? {} : { rolledBack }) }
}
