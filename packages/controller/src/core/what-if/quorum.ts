/** Whether DRBD would still let a resource be written, by who is there (drbd.conf(5), `quorum`). */
import { firstOf, nameKey, nodeOf, nothingObserved, type Resource, type State } from '@varve/events'
import { factsOf } from '../policies/facts.ts'

/**
 * True: it has quorum when the nodes in `without` (keys) are gone, or it asks for none. Replicas
 * vote; of half of them exactly, most of the diskless peers decide. Clients never count.
 */
export function hasQuorum(state: State, definition: string, without: ReadonlySet<string>): boolean {
  const facts = factsOf(state, nothingObserved, definition)
  if (!facts?.definition.layers.includes('DRBD')) return true
  const quorum = firstOf('DrbdOptions/Resource/quorum', facts.chain) ?? 'off'
  if (quorum === 'off') return true
  const isThere = ({ node }: Resource) =>
    !without.has(nameKey(node)) && nodeOf(state, node)?.link.status === 'online'
  const count = (rows: readonly Resource[]) => [rows.length, rows.filter(isThere).length] as const
  const [all, there] = count(facts.resources.filter(({ kind }) => kind === 'diskful'))
  if (quorum === 'all') return there === all
  if (quorum !== 'majority') return there >= Number(quorum)
  const [witnesses, present] = count(
    facts.resources.filter(({ kind }) => kind === 'diskless' || kind === 'tie-breaker'),
  )
  return there * 2 > all || (there > 0 && there * 2 === all && present * 2 > witnesses)
}
