/** Empties the trash: what has been there for as long as was said when it was deleted goes for good. */
import { definitionOf, type Reference, readReference, refer, type State } from '@varve/events'
import { content, type Judgement, patienceMs, type Watcher } from './watcher.ts'

export const trash: Watcher = {
  policy: 'trash',
  keys: [],
  wakes: {
    'resource-definition.put-into-trash': (_, { definition }) => [
      refer('resource-definition', definition),
    ],
  },
  all: (state: State): Reference[] =>
    state.definitions.by('trashed', 'yes').map(({ name }) => refer('resource-definition', name)),
  judge({ state, now }, about): Judgement {
    const [name = ''] = readReference(about).names
    const row = definitionOf(state, name)
    if (row?.phase.status !== 'trashed') return content
    const { until } = row.phase
    if (now < until) return { ...content, again: until }
    const wish = `delete ${row.name} for good: it has been in the trash for as long as was said`
    return {
      verdict: { commands: [{ type: 'trash.purge', args: { definition: row.name } }], wish },
      again: now + patienceMs,
    }
  },
}
