/** Nodes without machines: heartbeats and reports, just enough for a controller to place on them. */
import type { NatsConnection } from '@nats-io/transport-node'
import { type Capabilities, subjectsOf } from '@varve/events'

const capabilities: Capabilities = {
  providers: { LVM_THIN: { able: true }, DISKLESS: { able: true } },
  layers: { DRBD: { able: true }, STORAGE: { able: true } },
  drbdKernel: '9.2.18',
  drbdUtils: '9.22.0',
}

export type Puppets = Disposable & { readonly names: readonly string[] }

/** Starts `count` nodes n1…nN that beat and report a thin pool of 1 PiB each. */
export function startPuppets(connection: NatsConnection, cluster: string, count: number): Puppets {
  const subjects = subjectsOf(cluster)
  const names = Array.from({ length: count }, (_, index) => `n${index + 1}`)
  const source = (node: string) => ({ v: 1, node, boot: `boot-${node}`, at: Date.now() })
  const pool = {
    pool: 'thin',
    provider: 'LVM_THIN',
    totalKib: 2 ** 40,
    freeKib: 2 ** 40,
    granularityKib: 4096,
  }
  const report = (node: string) => {
    const about = { ...source(node), uname: node, version: 'bench', capabilities }
    connection.publish(subjects.observed(node, 'node', node), JSON.stringify(about))
    const pools = { ...source(node), pools: [pool] }
    connection.publish(subjects.observed(node, 'pools', node), JSON.stringify(pools))
  }
  const beat = () => {
    for (const node of names) {
      const { boot, at } = source(node)
      connection.publish(subjects.heartbeat(node), JSON.stringify({ node, boot, at }))
    }
  }
  const asked = connection.subscribe(subjects.republish('*'), {
    callback: (_error, message) => {
      const node = names.find((name) => subjects.republish(name) === message.subject)
      if (node) report(node)
    },
  })
  for (const node of names) report(node)
  beat()
  const timer = setInterval(beat, 1_000)
  return {
    names,
    [Symbol.dispose]() {
      clearInterval(timer)
      asked.unsubscribe()
    },
  }
}
