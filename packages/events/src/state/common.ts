/** What most records have in common: in memory once, so that a large state is small. */
import type { Props } from '../kinds.ts'
import type { Phase } from './records.ts'

export const noProps: Props = Object.freeze({})
export const live: Phase = Object.freeze({ status: 'live' })
