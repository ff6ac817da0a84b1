/** State → documents of what was touched, each with its subject. Pure, but for the subject names. */
import { nodeOf, type State, type Subjects } from '@varve/events'
import { compileNode, compileResource } from '../core/desired/compile.ts'
import { hostsOf } from '../core/desired/drbd.ts'
import { nothingTouched, type Touched } from '../core/desired/touched.ts'
import type { Prepared } from './desired.ts'

export function prepare(state: State, touched: Touched, subjects: Subjects): Prepared[] {
  const prepared: Prepared[] = []
  for (const gone of touched.gone) {
    const [definition = '', node = ''] = gone.split('/')
    if (!state.resources.has(gone)) {
      prepared.push({ subject: subjects.desired(node, definition), document: undefined })
    }
  }
  for (const definition of touched.definitions) {
    const hosts = hostsOf(state, definition)
    for (const { node } of state.resources.by('definition', definition)) {
      const document = compileResource(state, definition, node, hosts)
      prepared.push({ subject: subjects.desired(node, definition), document })
    }
  }
  for (const node of touched.nodes) {
    const document = nodeOf(state, node) ? compileNode(state, node) : undefined
    prepared.push({ subject: subjects.desiredNode(node), document })
  }
  return prepared
}

/** Every document that there shall be: what a new leader compares with what is stored. */
export function prepareAll(state: State, subjects: Subjects): Prepared[] {
  const touched = nothingTouched()
  for (const definition of state.definitions.keys()) touched.definitions.add(definition)
  for (const node of state.nodes.keys()) touched.nodes.add(node)
  return prepare(state, touched, subjects)
}
