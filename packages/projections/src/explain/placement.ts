/** A placement decision as lines of text: what was chosen, what it was weighed against, what fell out. */
import { formatKib, type PlacementExplanation, scoreOf } from '@varve/events'

export function placementLines(explanation: PlacementExplanation): string[] {
  const { chosen, strategies, candidates, rejected, more } = explanation
  const wanted = `${explanation.needed} replica${explanation.needed === 1 ? '' : 's'}`
  const lines = [`Wanted: ${wanted} of ${formatKib(explanation.sizeKib)}.`]
  if (chosen.length === 0) lines.push('Chosen: none.')
  else lines.push(`Chosen: ${chosen.map(({ node, pool }) => `${node} (${pool})`).join(', ')}.`)
  if (explanation.note !== undefined) lines.push(explanation.note)
  if (candidates.length > 0) lines.push('', 'Candidates, best first:')
  const isChosen = (node: string) => chosen.some((one) => one.node === node)
  for (const candidate of candidates) {
    const [node, pool, ...shares] = candidate
    const mark = isChosen(node) ? '*' : ' '
    const parts = strategies.map((strategy, at) => `${strategy} ${(shares[at] ?? 0).toFixed(3)}`)
    const score = scoreOf(candidate).toFixed(3)
    lines.push(`  ${mark} ${node}/${pool}  ${score}  (${parts.join(', ')})`)
  }
  if (rejected.length > 0) lines.push('', 'Not possible:')
  for (const verdict of rejected) {
    const where = verdict.pool === undefined ? verdict.node : `${verdict.node}/${verdict.pool}`
    const hope = verdict.answer === 'not-now' ? 'not now' : 'never'
    lines.push(`    ${where}  ${hope}, rule ${verdict.rule}: ${verdict.reason}`)
  }
  if (more > 0) lines.push(`    … and ${more} more`)
  return lines
}
