/** Who may do what: the controllers' servers let in whom the log says. */
import { type Args, memberOf, NodeName, nameKey, type Refusal, refuse } from '@varve/events'
import type { Draft } from '../draft.ts'

export function addMember(draft: Draft, args: Args<'member.add'>): Refusal | undefined {
  const { state } = draft
  const { member, role, publicKey } = args
  const found = memberOf(state, member)
  if (found) {
    // Whoever asks again because the answer was lost has made no second key.
    const isSame = found.publicKey === publicKey && found.role === role
    if (isSame) return undefined
    const remedy = `Revoke it first: varve cluster revoke ${found.name}`
    return refuse('exists', { noun: 'member', subject: found.name }, remedy)
  }
  const owner = [...state.members.values()].find((row) => row.publicKey === publicKey)
  if (owner) return refuse('key-in-use', { subject: member, holder: owner.name })
  const node = role === 'satellite' ? NodeName.safeParse(member) : undefined
  if (node?.success === false) {
    const problem = node.error.issues.map(({ message }) => message).join('; ')
    return refuse('invalid-arguments', { subject: 'member.add', problem })
  }
  draft.record({ type: 'member.added', member, role, publicKey })
  return undefined
}

/** Without an admin nobody could ever let anybody in again. */
export function revokeMember(draft: Draft, args: Args<'member.revoke'>): Refusal | undefined {
  const { state } = draft
  const found = memberOf(state, args.member)
  if (!found) {
    const remedy = 'List who there is: varve cluster members'
    return refuse('not-found', { noun: 'member', subject: args.member }, remedy)
  }
  const isOther = (name: string) => nameKey(name) !== nameKey(found.name)
  const rest = [...state.members.values()].filter(({ name }) => isOther(name))
  if (found.role === 'admin' && !rest.some(({ role }) => role === 'admin')) {
    return refuse('last-admin', { subject: found.name })
  }
  draft.record({ type: 'member.revoked', member: found.name })
  return undefined
}
