/** `plan`: what a command would do, told without doing it. */
import {
  type DesiredVolume,
  fork,
  formatKib,
  isRefusal,
  type Refusal,
  type State,
  type VarveEvent,
} from '@varve/events'
import { accept, type Ports, type Request } from './accept.ts'
import { compileResource, type ResourceDocument } from './desired/compile.ts'
import { nothingTouched, touch } from './desired/touched.ts'

export type Plan = {
  readonly events: readonly VarveEvent[]
  readonly effects: readonly { readonly node: string; readonly effects: readonly string[] }[]
  readonly explain: ReturnType<typeof explainOf>
  readonly reply: Readonly<Record<string, unknown>>
}

/** Leaves `state` as it is. */
export function plan(state: State, request: Request, ports: Ports): Plan | Refusal {
  const after = fork(state)
  const accepted = accept(after, request, ports)
  if (isRefusal(accepted)) return accepted
  const events = accepted.entries.flatMap((entry) => entry.events)
  return {
    events,
    effects: effectsOf(state, after, events),
    explain: explainOf(accepted),
    reply: accepted.reply,
  }
}

const explainOf = (accepted: Exclude<ReturnType<typeof accept>, Refusal>) => accepted.explain

function effectsOf(before: State, after: State, events: readonly VarveEvent[]): Plan['effects'] {
  const touched = nothingTouched()
  for (const event of events) touch(touched, after, event)
  const effects = new Map<string, string[]>()
  for (const definition of [...touched.definitions].sort()) {
    const nodes = new Set([...nodesOf(before, definition), ...nodesOf(after, definition)])
    for (const node of [...nodes].sort()) {
      const told = compare(
        compileResource(before, definition, node),
        compileResource(after, definition, node),
      )
      if (told.length > 0) effects.set(node, [...(effects.get(node) ?? []), ...told])
    }
  }
  return [...effects].map(([node, told]) => ({ node, effects: told }))
}

const nodesOf = (state: State, definition: string) =>
  state.resources.by('definition', definition).map((row) => row.node)

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
