/** Nodes, their interfaces and their storage pools: see changes.ts. */
import { defaultNetInterface } from '@varve/events'
import { type Changes, given, isSame, lookUp } from './collect.ts'
import type { Intent } from './schema.ts'

export function nodeChanges(changes: Changes, now: Intent, wanted: Intent): void {
  for (const [node, want] of Object.entries(wanted.nodes ?? {})) {
    const there = lookUp(now.nodes ?? {}, node)
    const interfaces = Object.entries(want.interfaces)
    const created = interfaces.find(([name]) => name === defaultNetInterface) ?? interfaces[0]
    if (!created) {
      changes.impossible.push(`Node ${node} has no interface: DRBD and satellites need an address.`)
      continue
    }
    if (!there) {
      const [netInterface, { address, port }] = created
      const optional = { ...(port === undefined ? {} : { port }), ...given(want.properties) }
      changes.run('node.create', { node, kind: want.kind, address, netInterface, ...optional })
    } else {
      const kind = there.kind === want.kind ? {} : { kind: want.kind }
      const props = changes.properties('node', there.properties, want.properties)
      if (props ?? kind.kind) changes.run('node.modify', { node, ...kind, ...props })
    }
    for (const [name, { address, port }] of interfaces) {
      if (!there && name === created[0]) continue
      const known = lookUp(there?.interfaces ?? {}, name)
      if (known?.address === address && known.port === port) continue
      const args = { node, name, address, ...(port === undefined ? {} : { port }) }
      changes.run(known ? 'net-interface.modify' : 'net-interface.create', args)
    }
    for (const name of Object.keys(there?.interfaces ?? {})) {
      if (lookUp(want.interfaces, name)) continue
      const command = { type: 'net-interface.delete', args: { node, name } } as const
      changes.remove(`net-interface/${node}/${name}`, command, false)
    }
  }
}

export function poolChanges(changes: Changes, now: Intent, wanted: Intent): void {
  for (const [pool, want] of Object.entries(wanted.storagePoolDefinitions ?? {})) {
    const there = lookUp(now.storagePoolDefinitions ?? {}, pool)
    const level = 'storage-pool-definition'
    if (!there) changes.run(`${level}.create`, { pool, ...given(want.properties) })
    const props = there && changes.properties(level, there.properties, want.properties)
    if (props) changes.run(`${level}.modify`, { pool, ...props })
  }
  for (const [node, pools] of Object.entries(wanted.storagePools ?? {})) {
    for (const [pool, want] of Object.entries(pools)) {
      const there = lookUp(lookUp(now.storagePools ?? {}, node) ?? {}, pool)
      const { properties, ...form } = want
      if (!there) {
        changes.run('storage-pool.create', { node, pool, ...form, ...given(properties) })
        continue
      }
      const { properties: known, ...formed } = there
      if (!isSame(formed, form)) {
        changes.impossible.push(
          `Storage pool ${pool} on node ${node} is ${formed.provider} ${formed.backing}: make another pool and move what is in it.`,
        )
      }
      const props = changes.properties('storage-pool', known, properties)
      if (props) changes.run('storage-pool.modify', { node, pool, ...props })
    }
  }
}
