/** Files and keys of file systems that are being made. */
import { suspensionDirectory } from '../snapshots/marker.ts'

/**
 * Names lie beside the markers of suspensions and have no `@`; like those they end with the machine,
 * as roles do.
 */
export const borrowedSuffix = '.mkfs'
export const borrowedPath = (resource: string) =>
  `${suspensionDirectory}/${resource}${borrowedSuffix}`
export const protoPath = (storage: string) => `${suspensionDirectory}/${storage}.proto`

/** Under which it is remembered that a volume has its file system: of another one it says nothing. */
export const formatKey = (storage: { readonly owner: string; readonly name: string }) =>
  `${storage.owner} ${storage.name}`

export type AccountKind = 'passwd' | 'group'
export const accountKey = (kind: AccountKind, name: string) => `${kind} ${name}`
export const isNumber = (name: string) => /^\d+$/.test(name)
export type WantedAccounts = readonly { readonly kind: AccountKind; readonly name: string }[]
