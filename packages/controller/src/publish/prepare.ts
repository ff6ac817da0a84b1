/** State → documents of what was touched, each with its subject. Pure, but for the subject names. */
import { nodeOf, type State, type Subjects } from '@varve/events'
import { compileDefinition, compileNode } from '../core/desired/compile.ts'
import type { SecretSealer } from '../core/desired/secrets.ts'
import type { Touched } from '../core/desired/touched.ts'
import type { Prepared } from './desired.ts'

export function prepare(
  state: State,
  touched: Touched,
  subjects: Subjects,
  sealer?: SecretSealer,
): Prepared[] {
  const prepared: Prepared[] = []
  for (const gone of touched.gone) {
    const [definition = '', node = ''] = gone.split('/')
    if (!state.resources.has(gone) && !state.debts.has(gone)) {
      prepared.push({ subject: subjects.desired(node, definition), document: undefined })
    }
  }
  for (const definition of touched.definitions) {
    for (const document of compileDefinition(state, definition, sealer)) {
      prepared.push({ subject: subjects.desired(document.node, definition), document })
    }
  }
  for (const node of touched.nodes) {
    const document = nodeOf(state, node) ? compileNode(state, node) : undefined
    prepared.push({ subject: subjects.desiredNode(node), document })
  }
  return prepared
}

/** Subjects of all documents that there shall be: what a new leader clears is not among them. */
export function allSubjects(state: State, subjects: Subjects): Set<string> {
  const all = new Set<string>()
  for (const { definition, node } of state.resources.values()) {
    all.add(subjects.desired(node, definition))
  }
  for (const { definition, nodes } of state.snapshots.values()) {
    for (const { node, copy } of nodes) if (copy) all.add(subjects.desired(node, definition))
  }
  for (const { definition, node } of state.debts.values()) {
    all.add(subjects.desired(node, definition))
  }
  for (const node of state.nodes.keys()) all.add(subjects.desiredNode(node))
  return all
}
