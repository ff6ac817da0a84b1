/** `plan`: what a command would do, told without doing it. */
import {
  attempt,
  type CommandPlan,
  type DesiredVolume,
  formatKib,
  isRefusal,
  type Refusal,
  type State,
  type VarveEvent,
} from '@varve/events'
import { type Accepted, accept, type Ports, type Request } from './accept.ts'
import { compileDefinition, type ResourceDocument } from './desired/compile.ts'
import { nothingTouched, touch } from './desired/touched.ts'
import { outcomeOf } from './outcome.ts'
import { copiedBy, copiesOf, type Documents, filledBy, redundancyOf } from './plan-redundancy.ts'

export type Plan = {
  readonly events: readonly VarveEvent[]
  /** Who would write what: the command's own entry first, then those of policies. */
  readonly entries: CommandPlan['entries']
  readonly effects: readonly { readonly node: string; readonly effects: readonly string[] }[]
  readonly transfers: CommandPlan['transfers']
  readonly redundancy: CommandPlan['redundancy']
  /** The same text: the same decision. */
  readonly outcome: string
  readonly explain: Accepted['explain']
  readonly reply: Accepted['reply']
}

/** Leaves `state` as it was. */
export function plan(state: State, request: Request, ports: Ports): Plan | Refusal {
  const outcome = outcomeOf(state, request, ports)
  if (isRefusal(outcome)) return outcome
  const tried = attempt(
    state,
    () => {
      const accepted = accept(state, request, ports)
      if (isRefusal(accepted)) return accepted
      const events = accepted.entries.flatMap((entry) => entry.events)
      const touched = nothingTouched()
      for (const event of events) touch(touched, state, event)
      const definitions = [...touched.definitions].sort()
      return { accepted, events, ...viewOf(state, definitions) }
    },
    () => false,
  )
  if (isRefusal(tried)) return tried
  const { accepted, events, documents: after, copies } = tried
  const before = viewOf(state, [...after.keys()])
  return {
    events,
    entries: accepted.entries.map(({ actor, command, events: { length } }) => ({
      actor: actor.name,
      command: command.type,
      events: length,
    })),
    effects: effectsOf(before.documents, after),
    transfers: [...filledBy(before.documents, after), ...copiedBy(state, events)],
    redundancy: [...copies].flatMap(([definition, now]) => {
      const was = before.copies.get(definition)
      return (was && redundancyOf(definition, was, now)) ?? []
    }),
    outcome,
    explain: accepted.explain,
    reply: accepted.reply,
  }
}

/** What nodes shall have of these definitions, and how safe their data is. */
function viewOf(state: State, definitions: readonly string[]) {
  const compiled = (definition: string) =>
    compileDefinition(state, definition).map((document) => [document.node, document] as const)
  return {
    documents: new Map(
      definitions.map((definition) => [definition, new Map(compiled(definition))] as const),
    ),
    copies: new Map(
      definitions.map((definition) => [definition, copiesOf(state, definition)] as const),
    ),
  }
}

function effectsOf(before: Documents, after: Documents): Plan['effects'] {
  const effects = new Map<string, string[]>()
  for (const [definition, documents] of after) {
    const were = before.get(definition)
    const nodes = new Set([...(were?.keys() ?? []), ...documents.keys()])
    for (const node of [...nodes].sort()) {
      const told = compare(were?.get(node), documents.get(node))
      if (told.length > 0) effects.set(node, [...(effects.get(node) ?? []), ...told])
    }
  }
  return [...effects].map(([node, told]) => ({ node, effects: told }))
}

function compare(
  before: ResourceDocument | undefined,
  after: ResourceDocument | undefined,
): string[] {
  const name = after?.resource ?? before?.resource ?? ''
  if (after?.state === 'absent') {
    return before?.state === 'absent' ? [] : [`remove ${name} and ${storageOf(before)}`]
  }
  if (!after) return []
  if (before?.state !== 'present')
    return [`create ${name} (${after.kind}) with ${storageOf(after)}`]
  const told: string[] = []
  if (before.kind !== after.kind) told.push(`make ${name} ${after.kind}, it was ${before.kind}`)
  for (const volume of after.volumes) {
    const old = before.volumes.find((row) => row.number === volume.number)
    const from = old?.storage?.sizeKib
    const to = volume.storage?.sizeKib
    if (to !== undefined && from !== to) {
      told.push(
        from === undefined
          ? `create volume ${name}/${volume.number} of ${formatKib(to)}`
          : `grow volume ${name}/${volume.number} from ${formatKib(from)} to ${formatKib(to)}`,
      )
    }
  }
  const changed = JSON.stringify(before) !== JSON.stringify(after)
  return told.length === 0 && changed ? [`adjust the configuration of ${name}`] : told
}

function storageOf(document: ResourceDocument | undefined): string {
  const told = (volume: DesiredVolume) =>
    volume.storage &&
    `${volume.storage.name} of ${formatKib(volume.storage.sizeKib)} in ${volume.storage.pool}`
  const volumes = (document?.volumes ?? []).flatMap((volume) => told(volume) ?? [])
  return volumes.length === 0 ? 'no storage' : volumes.join(', ')
}
