/** The property table: every key, where it may be set and what it may hold. */
import type { PropertyLevel, PropertyRow } from './row.ts'
import { diskRows, handlerRows, netRows, peerDeviceRows, resourceRows } from './rows-drbd.ts'
import { automationRows, generalRows } from './rows-general.ts'
import { managedRows, proxyRows } from './rows-managed.ts'
import { freeRows, ownRows } from './rows-own.ts'
import { policyRows } from './rows-policy.ts'
import { cacheRows, storageRows } from './rows-storage.ts'

export const propertyRows: readonly PropertyRow[] = [
  ...generalRows,
  ...storageRows,
  ...cacheRows,
  ...automationRows,
  ...managedRows,
  ...policyRows,
  ...proxyRows,
  ...diskRows,
  ...peerDeviceRows,
  ...netRows,
  ...resourceRows,
  ...handlerRows,
  ...freeRows,
  ...ownRows,
]

const exact = new Map(propertyRows.map((row) => [row.key, row]))
const namespaces = propertyRows.filter((row) => row.key.endsWith('/'))

/** The row of a normalised key: its own, else that of the namespace it lies in. */
export function propertyRowOf(key: string): PropertyRow | undefined {
  return exact.get(key) ?? namespaces.find((row) => key.startsWith(row.key) && key !== row.key)
}

/** Rows of one level, in the table's order. */
export function propertyRowsOf(level: PropertyLevel): readonly PropertyRow[] {
  return propertyRows.filter((row) => row.levels.includes(level))
}
