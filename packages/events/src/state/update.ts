/** The one way in which evolve replaces a record: absent ones stay absent. */
import type { Table } from './table.ts'

export function update<R extends object>(
  table: Table<R>,
  key: string,
  change: (record: R) => R,
): void {
  const record = table.get(key)
  if (record !== undefined) table.set(key, change(record))
}

/** Copy without one optional field. */
export function without<R extends object, K extends keyof R>(record: R, field: K): Omit<R, K> {
  const { [field]: _, ...rest } = record
  return rest
}
