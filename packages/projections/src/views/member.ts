/** Who may do what, and since when. */
import type { Member } from '@varve/events'

export type MemberRow = {
  readonly name: string
  readonly role: string
  readonly publicKey: string
  readonly createdAt: number
}

export function memberRow({ name, role, publicKey, origin }: Member): MemberRow {
  return { name, role, publicKey, createdAt: origin.at }
}
