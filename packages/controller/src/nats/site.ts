/**
 * The nats-server of one machine of a cluster: TLS on every listener, a key for everybody, and the
 * disk before the answer. The files are written anew at each start and whenever somebody comes or
 * goes; certificates and keys are beside the configuration, for root alone.
 */
import { join } from 'node:path'
import { type Access, type Member, renderAccounts } from './accounts.ts'
import type { ControllerIdentity } from './identity.ts'

const ports = { clients: 4222, routes: 6222 } as const

/** Each file of the server with its contents, by name. */
export function siteFiles(
  identity: ControllerIdentity,
  options: { readonly directory: string; readonly members: readonly Member[] | undefined },
): Record<string, string> {
  const { directory, members } = options
  return {
    'ca.pem': identity.ca,
    'server.pem': identity.certificate,
    'server.key': identity.certificateKey,
    'nats-server.conf': renderSite(identity, directory, members),
  }
}

function renderSite(
  { cluster, name, machines, founder }: ControllerIdentity,
  directory: string,
  members: readonly Member[] | undefined,
): string {
  const own = machines.find((machine) => machine.name === name)
  if (own === undefined) throw new Error(`${name} is none of the machines of its own identity`)
  const others = machines.filter((machine) => machine !== own)
  const access: Access = {
    cluster,
    controllers: machines,
    members: members ?? [founder],
  }
  const file = (path: string) => JSON.stringify(join(directory, path))
  const tls = `cert_file: ${file('server.pem')}, key_file: ${file('server.key')}, ca_file: ${file('ca.pem')}`
  return `# Written by Varve at every start and whenever a member comes or goes; edits are lost.
server_name: ${JSON.stringify(name)}
listen: ${JSON.stringify(`${bracketed(own.address)}:${ports.clients}`)}
tls: { ${tls}, min_version: "1.3" }
max_payload: 1MB
ports_file_dir: ${file('ports')}
# A client that hangs is noticed within ten seconds, not within minutes.
ping_interval: "5s"
ping_max: 2
log_file: ${file('nats-server.log')}
logfile_size_limit: 10MB
logfile_max_num: 3
jetstream: {
  store_dir: ${file('jetstream')}
  # An acknowledged message is on the disk. The default is to sync every two minutes.
  sync_interval: always
  max_outstanding_catchup: 64MB
}
${others.length === 0 ? '' : renderRoutes({ cluster, own, others, tls })}${renderAccounts(access)}`
}

/** Machines show each other their certificates: only those of this cluster's authority are taken. */
function renderRoutes(site: {
  readonly cluster: string
  readonly own: { readonly address: string }
  readonly others: readonly { readonly address: string }[]
  readonly tls: string
}): string {
  const routes = site.others.map(({ address }) => `tls://${bracketed(address)}:${ports.routes}`)
  return `cluster: {
  name: ${JSON.stringify(site.cluster)}
  listen: ${JSON.stringify(`${bracketed(site.own.address)}:${ports.routes}`)}
  tls: { ${site.tls}, verify: true, min_version: "1.3", timeout: 5 }
  routes: ${JSON.stringify(routes)}
  # Clients know all servers from their identity; addresses told by others could not be verified.
  no_advertise: true
  ping_interval: "2s"
}
`
}

/** As clients name a machine's server. */
export const serverUrl = (address: string) => `tls://${bracketed(address)}:${ports.clients}`

/** An IPv6 address stands in brackets before a port. */
function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}
