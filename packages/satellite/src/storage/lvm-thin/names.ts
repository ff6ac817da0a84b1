/** What snapshots of thin LVs are called. */
import type { SnapshotObject } from '../provider.ts'

export const groupOf = (backing: string) => backing.split('/')[0] ?? backing
export const nameOf = ({ source, snapshot }: SnapshotObject) => `${source}_${snapshot}`
export const keyOf = (of: SnapshotObject) => `${groupOf(of.backing)}/${nameOf(of)}`
