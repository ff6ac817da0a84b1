/** One line of an answer, LINSTOR's ApiCallRc: what was done or why not, with a code for programs. */
import { exact } from '../json/exact.ts'
import { type Code, type Context, codes, isError, returnCode } from './codes.ts'

/** What an entry is about, as LINSTOR names it: `{ Node: 'n1' }`. */
export type ObjectReferences = Readonly<Record<string, string>>

export type Entry = {
  readonly code: Code
  readonly message: string
  readonly cause?: string | undefined
  readonly details?: string | undefined
  readonly correction?: string | undefined
  readonly refs?: ObjectReferences | undefined
  /** Ids of error reports that say more. */
  readonly reports?: readonly string[] | undefined
}

/** As JSON has it; absent members are left out, and the code is exact. */
export function printEntry(entry: Entry, context: Context, now: number): object {
  const { code, message, cause, details, correction, refs, reports } = entry
  return {
    ret_code: exact(returnCode(code, context)),
    message,
    cause,
    details,
    correction,
    error_report_ids: reports,
    obj_refs: refs,
    created_at: new Date(now).toISOString(),
  }
}

export type Status = 200 | 201 | 400 | 401 | 403 | 404 | 413 | 500

/** Status of a list of entries: decided by its first error; anything else is the success. */
export function statusOf(entries: readonly Entry[], success: 200 | 201): Status {
  const error = entries.find(({ code }) => isError(code))
  if (!error) return success
  const code = codes[error.code]
  if (code >= 300n && code < 400n) return 404
  if (error.code === 'FAIL_SIGN_IN_MISSING_CREDENTIALS') return 401
  return (code >= 400n && code < 500n) || error.code === 'FAIL_SIGN_IN' ? 403 : 500
}
