/** Connections: finding the other side, and losing it again. */
import type { Machine } from '../machine.ts'
import { publish, publishHelper } from './events.ts'
import { meet, standAlone } from './handshake.ts'
import type { Connection, Resource } from './model.ts'
import { settle } from './settle.ts'
import { interrupt } from './sync.ts'

/** Begins to look for the peer. */
export function startConnecting(connection: Connection): void {
  connection.state = 'Unconnected'
  connection.hidden = false
  publish(connection.resource)
  connection.state = 'Connecting'
  settle(connection.resource)
  seek(connection)
}

const machineOf = (connection: Connection): Machine => connection.resource.kernel.machine

/** If the other side is looking for us too, they meet in a moment. */
function seek(connection: Connection): void {
  if (connection.state !== 'Connecting' || connection.timer) return
  const other = findOther(connection)
  if (!other) return
  const { clock, timing } = machineOf(connection).shared
  const timer = clock.after(timing.connectMs, () => {
    connection.timer = undefined
    other.timer = undefined
    if (findOther(connection) === other) meet(connection, other)
  })
  connection.timer = timer
  other.timer = timer
}

/** Tries again whatever is still looking, after something has changed. */
export function seekAll(machines: Iterable<Machine>): void {
  for (const machine of machines) {
    for (const resource of machine.kernel?.resources.values() ?? []) seekFor(resource)
  }
}

export function seekFor(resource: Resource): void {
  for (const connection of resource.connections.values()) seek(connection)
}

/** From now on the connection can be found by its own address. */
export function openEndpoint(connection: Connection): void {
  const { endpoints } = connection.resource.kernel
  const known = endpoints.get(connection.local)
  if (known) known.add(connection)
  else endpoints.set(connection.local, new Set([connection]))
}

/** Before its address changes, and when it is gone. */
export function closeEndpoint(connection: Connection): void {
  const { endpoints } = connection.resource.kernel
  const known = endpoints.get(connection.local)
  known?.delete(connection)
  if (known?.size === 0) endpoints.delete(connection.local)
}

/** The connection over there whose addresses mirror ours, if it can be reached both ways. */
function findOther(connection: Connection): Connection | undefined {
  if (connection.state !== 'Connecting') return undefined
  const here = machineOf(connection)
  if (!here.on || here.kernel !== connection.resource.kernel) return undefined
  const address = connection.peer.split(':').slice(1, -1).join(':')
  for (const there of here.shared.machines.values()) {
    if (there.address !== address || !there.on || there === here) continue
    const { network } = here.shared
    if (!network.reaches(here.name, there.name) || !network.reaches(there.name, here.name)) continue
    for (const other of there.kernel?.endpoints.get(connection.peer) ?? []) {
      if (other.peer === connection.local && other.state === 'Connecting') return other
    }
  }
  return undefined
}

/** The other end has gone: this one looks for it again. */
function searchAgain(connection: Connection): void {
  settle(connection.resource)
  publishHelper(
    connection.resource,
    `peer-node-id:${connection.peerNodeId} conn-name:${connection.name}`,
    'disconnected',
  )
  startConnecting(connection)
}

/** Takes the link off one end; the other end keeps believing in it until it notices. */
function unlink(connection: Connection): void {
  connection.link = undefined
  connection.hasPath = false
  for (const peerDevice of connection.peerDevices.values()) interrupt(peerDevice)
}

const runs = (connection: Connection) =>
  machineOf(connection).on && machineOf(connection).kernel === connection.resource.kernel

/** Whether answers still come through. */
function isAlive(connection: Connection, other: Connection): boolean {
  const [here, there] = [machineOf(connection).name, machineOf(other).name]
  const { network } = machineOf(connection).shared
  return runs(other) && network.reaches(here, there) && network.reaches(there, here)
}

/**
 * Gives up connections from which no answer comes; both ends notice, as far as they run. All are
 * cut before anything follows from it: else a node would seem to hear of a Primary through others.
 */
export function dropDead(resources: Iterable<Resource>): void {
  const dead: Connection[] = []
  for (const resource of resources) {
    for (const connection of resource.connections.values()) {
      const other = connection.link
      if (!other && connection.hasPath) connection.hasPath = findOther(connection) !== undefined
      if (!other || isAlive(connection, other)) continue
      for (const each of [connection, other]) {
        const isBelieved = each === connection || other.link === connection
        if (isBelieved && runs(each) && !dead.includes(each)) dead.push(each)
      }
    }
  }
  for (const each of dead) {
    each.state = 'NetworkFailure'
    unlink(each)
  }
  for (const each of dead) searchAgain(each)
}

/** `disconnect`: this end wants it no more; the other end goes on looking. */
export function disconnect(connection: Connection): void {
  connection.timer?.()
  const other = connection.link
  if (other) other.timer = undefined
  connection.timer = undefined
  const graceful = connection.resource.role === 'Secondary'
  if (other || connection.state !== 'StandAlone') {
    connection.state = 'Disconnecting'
    unlink(connection)
    settle(connection.resource)
  }
  if (other?.link === connection) {
    other.gone = graceful
    connection.gone = other.resource.role === 'Secondary'
    other.state = 'TearDown'
    unlink(other)
    searchAgain(other)
  }
  standAlone(connection)
  settle(connection.resource)
}
