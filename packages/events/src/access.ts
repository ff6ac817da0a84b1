/**
 * Who may do what, as NATS subjects. Each identity has an account of its own on the servers, and
 * what that account imports is all there is for it: no permission has to forbid anything, and a
 * reply subject that somebody chose reaches nothing but the sender's own account.
 */
import { commands, type PublicCommandType } from './command.ts'
import type { Role } from './role.ts'
import { streams, subjectsOf, subjectToken } from './subjects.ts'

export const roleMeanings: Readonly<Record<Role, string>> = {
  admin: 'everything, also machines, pools, keys, and who else may do what',
  operator: 'volumes and what belongs to them; emptying a node for maintenance',
  viewer: 'reads all that can be asked',
  auditor: 'as viewer, and reads the log itself, block by block',
  satellite: 'one node: its own documents, its own observations',
}

/** Nouns whose commands an operator may send. What is not named here is for admins. */
const operatorNouns: ReadonlySet<string> = new Set([
  'resource-group',
  'volume-group',
  'resource-definition',
  'trash',
  'volume-definition',
  'resource',
  'volume',
  'resource-connection',
  'snapshot',
  'operation',
  'key-value-store',
])
const operatorTypes: ReadonlySet<string> = new Set(['node.evacuate', 'node.restore'])

export function mayCommand(role: Role, type: PublicCommandType): boolean {
  if (role === 'admin') return true
  if (role !== 'operator') return false
  return operatorTypes.has(type) || operatorNouns.has(type.split('.')[0] ?? '')
}

/** All else may be asked by whoever may come in. */
export function mayReadLog(role: Role): boolean {
  return role === 'admin' || role === 'auditor'
}

/**
 * Behind this prefix a client finds the few requests of JetStream's API that it may send: under
 * the API's own one, the server would look for streams in the client's account.
 */
export const importedApi = 'JSC'

export type Grants = {
  /** Requests and publications that reach the controllers' account, by their subject there. */
  readonly services: readonly string[]
  /** Subjects of the controllers' account that may be listened to. */
  readonly listens: readonly string[]
}

/** What one identity may send and hear. */
export function grantsOf(cluster: string, role: Role, name: string): Grants {
  const subjects = subjectsOf(cluster)
  if (role === 'satellite') {
    const consumer = `${streams.desired}.${desiredConsumer(name)}`
    return {
      services: [
        subjects.observedOf(name),
        subjects.heartbeat(name),
        subjects.attach(name),
        `$JS.API.CONSUMER.INFO.${consumer}`,
        `$JS.API.CONSUMER.MSG.NEXT.${consumer}`,
        `$JS.ACK.${consumer}.>`,
      ],
      listens: [subjects.republish(name), subjects.republishAll],
    }
  }
  return {
    services: [
      ...publicTypes
        .filter((type) => mayCommand(role, type))
        .map((type) => subjects.command(name, type)),
      subjects.queries,
      ...(mayReadLog(role) ? logApi : []),
    ],
    listens: [subjects.changes],
  }
}

/** What the controllers' account offers; each identity imports its own part of it. */
export function offersOf(cluster: string): Grants {
  const subjects = subjectsOf(cluster)
  const desired = streams.desired
  return {
    services: [
      subjects.commands,
      subjects.queries,
      subjects.observedBy,
      subjects.heartbeats,
      subjects.attaches,
      ...logApi,
      `$JS.API.CONSUMER.INFO.${desired}.*`,
      `$JS.API.CONSUMER.MSG.NEXT.${desired}.*`,
      `$JS.ACK.${desired}.*.>`,
    ],
    listens: [subjects.changes, subjects.republish('*')],
  }
}

/** Under which subject a client finds a granted service. */
export function importedAs(service: string): string {
  const api = '$JS.API.'
  return service.startsWith(api) ? `${importedApi}.${service.slice(api.length)}` : service
}

/** The consumer through which the satellite of a node reads its documents. */
export const desiredConsumer = (node: string) => `node-${subjectToken(node)}`

const logApi = [`$JS.API.STREAM.INFO.${streams.log}`, `$JS.API.STREAM.MSG.GET.${streams.log}`]

// The table's keys, which TypeScript widens.
const publicTypes = Object.keys(commands) as PublicCommandType[]
