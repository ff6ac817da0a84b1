/** The sidecar `<name>.img.varve`: whose image it is and whether it is still new. */

export const sidecarOf = (image: string) => `${image}.varve`

export function sidecarText(owner: string, state: 'new' | 'ready'): string {
  return `# Written by Varve: without this file the image beside it counts as foreign.\nowner: ${owner}\nstate: ${state}\n`
}

/** Undefined owner: no sidecar, so not ours. */
export function readSidecar(text: string | undefined): { owner?: string; isNew: boolean } {
  const owner = /^owner: (.*)$/m.exec(text ?? '')?.[1]
  const isNew = /^state: new$/m.test(text ?? '')
  return owner === undefined ? { isNew: false } : { owner, isNew }
}
