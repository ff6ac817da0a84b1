/** The sentences that most handlers say. */
import type { Entry, ObjectReferences } from './entry.ts'

/** `made('node', 'n1', { Node: 'n1' }, uuid)`. */
export function created(noun: string, name: string, refs: ObjectReferences, uuid?: string): Entry {
  return {
    code: 'CREATED',
    message: `New ${noun} '${name}' created.`,
    ...(uuid === undefined ? {} : { details: `The UUID of ${noun} '${name}' is: ${uuid}` }),
    refs: { ...refs, ...(uuid === undefined ? {} : { UUID: uuid }) },
  }
}

export function modified(noun: string, name: string, refs: ObjectReferences): Entry {
  return { code: 'MODIFIED', message: `The ${noun} '${name}' is modified.`, refs }
}

export function deleted(noun: string, name: string, refs: ObjectReferences): Entry {
  return { code: 'DELETED', message: `The ${noun} '${name}' is deleted.`, refs }
}

/** Deleting what is not there is no error to LINSTOR's clients. */
export function nothingToDelete(noun: string, name: string, refs: ObjectReferences): Entry {
  return { code: 'WARN_NOT_FOUND', message: `There is no ${noun} '${name}' to delete.`, refs }
}

export function notSupported(what: string, instead?: string): Entry {
  return {
    code: 'FAIL_INVLD_REQUEST',
    message: `${what} is not supported.`,
    ...(instead === undefined ? {} : { correction: instead }),
  }
}
