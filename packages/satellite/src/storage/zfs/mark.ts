/**
 * Owner marks as ZFS user properties. Children inherit user properties and copies take them along,
 * so a mark names the dataset that it was put on: elsewhere it does not count.
 */
import type { StrayMark } from '../../core/inventory.ts'

export const ownerProperty = 'io.varve:owner'
export const stateProperty = 'io.varve:state'

const rolledBack = 'rolled-back:'

/** State of a volume whose content comes from a rollback: ready, and which one that was. */
export const rolledBackState = (operation: string) => `${rolledBack}${operation}`

/** The rollback out of the state of one of our volumes. */
export function readRolledBack(state: string | undefined): string | undefined {
  return state?.startsWith(rolledBack) ? state.slice(rolledBack.length) : undefined
}

/** Owner and dataset → value, one to one: bytes that would break a line or a column become `%hex`. */
export function ownerValue(owner: string, dataset: string): string {
  const text = owner.replaceAll(/[^A-Za-z0-9_+.\-/!:#&]/gu, (c) =>
    [...new TextEncoder().encode(c)].map((b) => `%${b.toString(16).padStart(2, '0')}`).join(''),
  )
  return `${text}@${dataset}`
}

/** The owner out of the value that `dataset` shows; undefined: not made by us. */
export function readOwner(value: string, dataset: string): string | undefined {
  const mark = readMark(value)
  return mark?.of === dataset ? mark.owner : undefined
}

/** Owner, and the dataset that it was put on. */
export function readMark(value: string): StrayMark | undefined {
  const at = value.indexOf('@')
  if (at < 0) return undefined
  try {
    return { owner: decodeURIComponent(value.slice(0, at)), of: value.slice(at + 1) }
  } catch {
    return undefined
  }
}
