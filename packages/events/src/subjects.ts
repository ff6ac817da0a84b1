/**
 * The NATS subject grammar, both ways. Names are lower-cased keys; a dot in a node name becomes
 * `_`, which node names cannot contain, so the mapping is one to one.
 */
import { nameKey } from './names.ts'

export const streams = {
  log: 'VARVE_LOG',
  desired: 'VARVE_DESIRED',
  observed: 'VARVE_OBSERVED',
  lease: 'VARVE_LEASE',
  /** How far each webhook is. */
  cursors: 'VARVE_CURSORS',
} as const

/** Token of the document about the node itself; no resource can have this name. */
const nodeDocument = '@node'
/** Stands for every node where one is asked; no node can have this name. */
const everyNode = '@all'

const observedKinds = [
  'node',
  'pools',
  'devices',
  'device-pools',
  'files',
  'drift',
  'resource',
] as const
export type ObservedKind = (typeof observedKinds)[number]

/** The name of a node or resource as one token of a subject. */
export const subjectToken = (name: string) => nameKey(name).replaceAll('.', '_')
const token = subjectToken
const nodeOf = (part: string) => part.replaceAll('_', '.')

/** An actor may be any text (a mail address, a certificate's name): other bytes become `=hex`. */
export function actorToken(actor: string): string {
  return actor.replaceAll(/[^A-Za-z0-9_-]/g, (c) =>
    [...new TextEncoder().encode(c)].map((b) => `=${b.toString(16).padStart(2, '0')}`).join(''),
  )
}

export function readActorToken(part: string): string {
  const bytes: number[] = []
  for (let i = 0; i < part.length; i += 1) {
    const hex = part[i] === '=' ? Number.parseInt(part.slice(i + 1, i + 3), 16) : Number.NaN
    if (Number.isNaN(hex)) bytes.push(part.charCodeAt(i))
    else {
      bytes.push(hex)
      i += 2
    }
  }
  return new TextDecoder().decode(new Uint8Array(bytes))
}

/** All subjects of one cluster. */
export function subjectsOf(cluster: string) {
  const root = `varve.${cluster}`
  return {
    log: `${root}.log`,
    lease: `${root}.lease`,
    cursor: (webhook: string) => `${root}.cursor.${token(webhook)}`,
    cursors: `${root}.cursor.*`,
    command: (actor: string, type: string) => `${root}.cmd.${actorToken(actor)}.${type}`,
    commands: `${root}.cmd.*.*.*`,
    query: (noun: string) => `${root}.query.${noun}`,
    queries: `${root}.query.*`,
    desired: (node: string, resource: string) =>
      `${root}.desired.${token(node)}.${token(resource)}`,
    desiredNode: (node: string) => `${root}.desired.${token(node)}.${nodeDocument}`,
    desiredOf: (node: string) => `${root}.desired.${token(node)}.*`,
    allDesired: `${root}.desired.*.*`,
    /** Asks the leader where documents stand. */
    documents: `${root}.documents`,
    observed: (node: string, kind: ObservedKind, name: string) =>
      `${root}.observed.${token(node)}.${kind}.${token(name)}`,
    observedOf: (node: string) => `${root}.observed.${token(node)}.>`,
    allObserved: `${root}.observed.*.*.*`,
    /** As a satellite may publish them: everything below its own node. */
    observedBy: `${root}.observed.*.>`,
    heartbeat: (node: string) => `${root}.heartbeat.${token(node)}`,
    heartbeats: `${root}.heartbeat.*`,
    /** A satellite asks any controller for a new reader of its documents, from the first one on. */
    attach: (node: string) => `${root}.attach.${token(node)}`,
    attaches: `${root}.attach.*`,
    /** Asks one satellite, or all, to publish everything it knows again. */
    republish: (node: string) => `${root}.ask.${token(node)}.republish`,
    republishAll: `${root}.ask.${everyNode}.republish`,
    /** What happened, as it is committed: for clients that wait, not a source of truth. */
    changes: `${root}.changes`,
  } as const
}
export type Subjects = ReturnType<typeof subjectsOf>

/** `varve.<cluster>.cmd.<actor>.<noun>.<verb>` → actor and command type. */
export function readCommandSubject(subject: string): { actor: string; type: string } | undefined {
  const [, , kind, actor, noun, verb, ...rest] = subject.split('.')
  if (kind !== 'cmd' || !actor || !noun || !verb || rest.length > 0) return undefined
  return { actor: readActorToken(actor), type: `${noun}.${verb}` }
}

/** `varve.<cluster>.attach.<node>` → the node. */
export function readAttachSubject(subject: string): string | undefined {
  const [, , kind, node, ...rest] = subject.split('.')
  return kind === 'attach' && node && rest.length === 0 ? nodeOf(node) : undefined
}

export function readDesiredSubject(
  subject: string,
): { node: string; resource: string | undefined } | undefined {
  const [, , kind, node, resource, ...rest] = subject.split('.')
  if (kind !== 'desired' || !node || !resource || rest.length > 0) return undefined
  return { node: nodeOf(node), resource: resource === nodeDocument ? undefined : resource }
}

export function readObservedSubject(
  subject: string,
): { node: string; kind: ObservedKind; name: string } | undefined {
  const [, , root, node, kind, name, ...rest] = subject.split('.')
  if (root !== 'observed' || !node || !kind || !name || rest.length > 0) return undefined
  const known = observedKinds.find((one) => one === kind)
  return known && { node: nodeOf(node), kind: known, name }
}
