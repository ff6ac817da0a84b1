/** Resource definitions, their volumes and replicas: see changes.ts. */
import { nameKey } from '@varve/events'
import { type Changes, given, isSame, lookUp } from './collect.ts'
import type { Intent } from './schema.ts'

type Definitions = NonNullable<Intent['resourceDefinitions']>
type Definition = Definitions[string]

export function definitionChanges(
  changes: Changes,
  now: Definitions,
  wanted: Definitions = {},
): void {
  for (const [definition, want] of Object.entries(wanted)) {
    const there = lookUp(now, definition)
    const { properties, volumes, resources, ...form } = want
    if (!there) {
      changes.run('resource-definition.create', { definition, ...form, ...given(properties) })
    } else modify(changes, definition, there, want)
    volumeChanges(changes, definition, there?.volumes ?? {}, volumes ?? {})
    resourceChanges(changes, definition, there?.resources ?? {}, resources ?? {})
  }
}

/** Replicas before volumes before definitions; one that goes takes all with it. */
export function definitionRemovals(
  changes: Changes,
  now: Definitions,
  wanted: Definitions | undefined,
): void {
  if (wanted === undefined) return
  for (const [definition, there] of Object.entries(now)) {
    const want = lookUp(wanted, definition)
    if (!want) {
      const command = { type: 'resource-definition.delete', args: { definition } } as const
      const isEmpty = Object.keys(there.resources ?? {}).length === 0
      changes.remove(`resource-definition/${definition}`, command, !isEmpty)
      continue
    }
    for (const node of Object.keys((want.resources && there.resources) ?? {})) {
      if (lookUp(want.resources ?? {}, node)) continue
      const command = { type: 'resource.delete', args: { definition, node } } as const
      changes.remove(`resource/${definition}/${node}`, command, true)
    }
    for (const text of Object.keys((want.volumes && there.volumes) ?? {})) {
      if (want.volumes?.[text]) continue
      const args = { definition, number: Number(text) }
      const command = { type: 'volume-definition.delete', args } as const
      changes.remove(`volume-definition/${definition}/${text}`, command, true)
    }
  }
}

function modify(changes: Changes, definition: string, there: Definition, want: Definition): void {
  if (want.layers !== undefined && !isSame(there.layers, want.layers)) {
    changes.impossible.push(
      `Resource definition ${definition} has layers ${(there.layers ?? []).join()}, which cannot become ${want.layers.join()}: clone it, or copy its data.`,
    )
  }
  if (want.externalName !== undefined && want.externalName !== there.externalName) {
    changes.impossible.push(
      `Resource definition ${definition} has the external name ${there.externalName ?? '(none)'}, which stays.`,
    )
  }
  const group =
    want.group === undefined || nameKey(want.group) === nameKey(there.group ?? '')
      ? {}
      : { group: want.group }
  const peerSlots =
    want.peerSlots === undefined || want.peerSlots === there.peerSlots
      ? {}
      : { peerSlots: want.peerSlots }
  const level = 'resource-definition'
  const props = changes.properties(level, there.properties, want.properties) ?? {}
  const args = { ...group, ...peerSlots, ...props }
  if (Object.keys(args).length > 0) changes.run(`${level}.modify`, { definition, ...args })
}

function volumeChanges(
  changes: Changes,
  definition: string,
  now: NonNullable<Definition['volumes']>,
  wanted: NonNullable<Definition['volumes']>,
): void {
  for (const [text, { sizeKib, gross, properties }] of Object.entries(wanted)) {
    const number = Number(text)
    const known = now[text]
    if (!known) {
      const more = { ...(gross ? { gross } : {}), ...given(properties) }
      changes.run('volume-definition.create', { definition, number, sizeKib, ...more })
      continue
    }
    if ((known.gross ?? false) !== (gross ?? false)) {
      changes.impossible.push(
        `Volume ${number} of ${definition} cannot become ${gross ? 'gross' : 'net'}.`,
      )
    }
    const props = changes.properties('volume-definition', known.properties, properties)
    if (props) changes.run('volume-definition.modify', { definition, number, ...props })
    if (known.sizeKib === sizeKib) continue
    changes.run('volume-definition.resize', { definition, number, sizeKib })
  }
}

function resourceChanges(
  changes: Changes,
  definition: string,
  now: NonNullable<Definition['resources']>,
  wanted: NonNullable<Definition['resources']>,
): void {
  for (const [node, { kind, pool, properties }] of Object.entries(wanted)) {
    const known = lookUp(now, node)
    if (!known) {
      const more = { ...(pool === undefined ? {} : { pool }), ...given(properties) }
      changes.run('resource.create', { definition, node, kind, ...more })
      continue
    }
    if (known.kind !== kind) {
      changes.impossible.push(
        `${definition} on node ${node} is ${known.kind}, the document says ${kind}: varve resource toggle-disk ${definition} ${node}`,
      )
    } else if (pool !== undefined && nameKey(pool) !== nameKey(known.pool ?? pool)) {
      changes.impossible.push(
        `${definition} on node ${node} is in storage pool ${known.pool}, the document says ${pool}: a replica stays in its pool.`,
      )
    }
    const props = changes.properties('resource', known.properties, properties)
    if (props) changes.run('resource.modify', { definition, node, ...props })
  }
}
