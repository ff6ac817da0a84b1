/**
 * The accounts of a cluster's nats-servers, out of the table of roles: the controllers share CORE,
 * which has the streams, and everybody else has an account of his own that imports exactly what
 * his role lets him do (access.ts in events). A reply subject chosen by a client stays in its own
 * account, so neither the log nor another node's reports can be reached through the answer to a
 * request (the hole of a shared account: nats-server#8274).
 */
import { actorToken, grantsOf, importedAs, offersOf, type Role, subjectToken } from '@varve/events'

/** Public keys only: what stands here is no secret. */
export type Member = { readonly name: string; readonly role: Role; readonly publicKey: string }
export type Controller = { readonly name: string; readonly publicKey: string }

export type Access = {
  readonly cluster: string
  readonly controllers: readonly Controller[]
  readonly members: readonly Member[]
}

const core = 'CORE'

/** The `accounts` block of nats-server's configuration. JSON is valid in its format. */
export function renderAccounts({ cluster, controllers, members }: Access): string {
  const offers = offersOf(cluster)
  const lines = [
    `  ${core}: {`,
    '    jetstream: enabled',
    `    users: ${JSON.stringify(controllers.map(({ publicKey }) => ({ nkey: publicKey })))}`,
    '    exports: [',
    // A pull is answered by many messages, all else by one.
    ...offers.services.map(
      (service) =>
        `      { service: ${text(service)}, response_type: "${service.includes('MSG.NEXT') ? 'stream' : 'singleton'}" }`,
    ),
    ...offers.listens.map((stream) => `      { stream: ${text(stream)} }`),
    '    ]',
    '  }',
    ...[...members].sort(byName).flatMap((member) => memberLines(cluster, member)),
  ]
  return `accounts: {\n${lines.join('\n')}\n}\n`
}

function memberLines(cluster: string, { name, role, publicKey }: Member): string[] {
  const grants = grantsOf(cluster, role, name)
  const services = grants.services.map((service) => {
    const local = importedAs(service)
    const renamed = local === service ? '' : `, to: ${text(local)}`
    return `      { service: { account: ${core}, subject: ${text(service)} }${renamed} }`
  })
  return [
    `  ${text(accountOf(role, name))}: {`,
    `    users: [{ nkey: ${publicKey} }]`,
    '    imports: [',
    ...services,
    ...grants.listens.map(
      (subject) => `      { stream: { account: ${core}, subject: ${text(subject)} } }`,
    ),
    '    ]',
    '  }',
  ]
}

/** Nodes and people may have the same name. */
function accountOf(role: Role, name: string): string {
  return role === 'satellite' ? `NODE_${subjectToken(name)}` : `USER_${actorToken(name)}`
}

const text = (value: string) => JSON.stringify(value)
const byName = (a: Member, b: Member) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
