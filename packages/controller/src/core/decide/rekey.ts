/** Another passphrase for an encrypted volume: its headers change node by node. */
import {
  type Args,
  isRefusal,
  type Refusal,
  refer,
  refuse,
  resourcesOf,
  volumeOf,
  wrappedOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { refuseClosed } from './encryption.ts'
import {
  refuseIfDeleting,
  refuseIfTrashed,
  requireDefinition,
  requireVolumeDefinition,
} from './require.ts'
import { refuseIfRollingBack } from './rollback.ts'

/** Until the last node has changed, the old key is kept beside the new one. */
export function changeVolumeKey(
  draft: Draft,
  args: Args<'volume-definition.modify-passphrase'>,
): Refusal | undefined {
  const row = requireVolumeDefinition(draft.state, args.definition, args.number)
  if (isRefusal(row)) return row
  const { definition, number } = row
  const subject = `${definition}/${number}`
  if (row.luksKey === undefined) {
    const problem = `volume ${subject} is not encrypted`
    return refuse('invalid-arguments', { subject: 'passphrase', problem })
  }
  const of = requireDefinition(draft.state, definition)
  if (isRefusal(of)) return of
  const refused =
    refuseIfTrashed(draft.state, row.definition) ??
    refuseIfDeleting('Volume definition', subject, row) ??
    refuseIfRollingBack(of) ??
    refuseClosed(draft)
  if (refused) return refused
  if (row.rekeying) {
    return refuse('operation-runs', { operation: row.rekeying.operation, subject })
  }
  const key = wrappedOf(args.passphrase)
  if (key === undefined) {
    return refuse('internal-error', { problem: 'a passphrase was to be recorded as it is' })
  }
  const waiting = resourcesOf(draft.state, definition)
    .map(({ node }) => node)
    .filter((node) => volumeOf(draft.state, definition, node, number)?.pool !== undefined)
    .sort()
  const target = refer('volume-definition', definition, number)
  const operation = draft.startOperation('change-passphrase', target)
  draft.reply = { operation }
  const change = { definition, number, key, isChosen: true, waiting, operation }
  draft.record({ type: 'volume-definition.key-change-started', ...change })
  if (waiting.length === 0) draft.record({ type: 'operation.finished', operation })
  return undefined
}
