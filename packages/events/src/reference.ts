/** Text form of "which object": `node/n1`, `resource/web/n1`. Used by properties, history, operations. */
import { z } from 'zod'
import { nameKey } from './names.ts'

export const nouns = [
  'controller',
  'node',
  'net-interface',
  'node-connection',
  'storage-pool-definition',
  'storage-pool',
  'device-pool',
  'resource-group',
  'volume-group',
  'resource-definition',
  'volume-definition',
  'resource',
  'volume',
  'resource-connection',
  'snapshot',
  'key-value-store',
  'remote',
  'schedule',
  'external-file',
  'member',
  'webhook',
  'auth-token',
] as const
export type Noun = (typeof nouns)[number]

export const Reference = z.templateLiteral([z.enum(nouns), z.string()])
export type Reference = z.infer<typeof Reference>

export function refer(noun: Noun, ...names: readonly (string | number)[]): Reference {
  return names.length === 0 ? (noun as Reference) : `${noun}/${names.join('/')}`
}

/** Both nodes in the order of their keys: a connection has no first end. */
export function referConnection(
  noun: 'node-connection' | 'resource-connection',
  nodes: readonly [string, string],
  ...definition: readonly string[]
): Reference {
  return refer(noun, ...definition, ...inOrder(nodes))
}

export function inOrder([a, b]: readonly [string, string]): readonly [string, string] {
  return nameKey(a) < nameKey(b) ? [a, b] : [b, a]
}

/** The noun alone, without taking the names apart. */
export function nounOf(reference: Reference): Noun {
  const end = reference.indexOf('/')
  return (end === -1 ? reference : reference.slice(0, end)) as Noun
}

/** The noun and the names of a reference, in the creator's spelling. */
export function readReference(reference: Reference): { noun: Noun; names: string[] } {
  const [noun, ...names] = reference.split('/')
  return { noun: noun as Noun, names }
}
