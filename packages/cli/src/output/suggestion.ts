/** What was most likely meant by a name that nothing has. */
import type { RefusalReply } from '@varve/events'
import type { NameKind } from '@varve/projections'
import type { Session } from '../session.ts'

type Asker = Pick<Session, 'client'>

/** Undefined: the refusal is about something else, or nothing is near. */
export async function suggestionOf(
  session: Asker,
  { code, noun = '', subject = '' }: RefusalReply,
): Promise<string | undefined> {
  if (code !== 'not-found') return undefined
  const [name = '', node] = subject.split(' on node ')
  const kind = kinds[noun]
  if (kind === undefined) return undefined
  if (node === undefined) return meant([await nearest(session, kind, name)], [name])
  const swapped = [await nearest(session, 'node', name), await nearest(session, kind, node)]
  if (isSame(swapped, [name, node])) {
    return `The ${noun} comes first, then the node: ${swapped[1]} ${swapped[0]}.`
  }
  const found = [await nearest(session, kind, name), await nearest(session, 'node', node)]
  return meant(found, [name, node])
}

const kinds: Readonly<Record<string, NameKind>> = {
  node: 'node',
  'resource group': 'resource-group',
  'resource definition': 'resource-definition',
  resource: 'resource-definition',
}

function meant(found: readonly (string | undefined)[], given: readonly string[]) {
  if (found.includes(undefined) || isSame(found, given)) return undefined
  return `Did you mean ${found.join(' on node ')}?`
}

const isSame = (found: readonly (string | undefined)[], given: readonly string[]) =>
  found.every((name, index) => name?.toLowerCase() === given[index]?.toLowerCase())

async function nearest(session: Asker, kind: NameKind, word: string): Promise<string | undefined> {
  const reply = await (await session.client()).query('nearest-name', { kind, word })
  // Queries and their answers come from one table, in @varve/projections.
  return reply.ok ? (reply.data as { readonly name?: string }).name : undefined
}
