/** drbdadm adjust and up: from a configuration to what the module is asked to do. */
import type { HostConfig, ResourceConfig, VolumeConfig } from './config.ts'
import {
  addPeerDevice,
  connect,
  deleteDevice,
  deletePeer,
  findBacking,
  newDevice,
  newPeer,
  newResource,
  type Problem,
} from './control.ts'
import { attach, detach } from './disk.ts'
import { publish } from './events.ts'
import { negotiate } from './handshake.ts'
import { closeEndpoint, disconnect, openEndpoint } from './link.ts'
import { deviceOfMinor } from './lookup.ts'
import type { Connection, Device, DrbdKernel, Resource } from './model.ts'
import { settle } from './settle.ts'

export type AdjustOptions = {
  readonly skipDisk: boolean
  readonly skipNet: boolean
  readonly discardMyData: boolean
}

/** A problem with the argv of the drbdsetup or drbdmeta call that had it. */
export type AdjustProblem = Problem & { readonly command: string }

/** Makes the module have what the configuration says for this machine. */
export function adjust(
  kernel: DrbdKernel,
  config: ResourceConfig,
  options: AdjustOptions,
): AdjustProblem | undefined {
  const host = config.hosts.get(kernel.machine.uname)
  if (!host) throw new Error(`${config.name} is not for ${kernel.machine.uname}`)
  const known = kernel.resources.get(config.name)
  if (known && kernel.version === 8) renumber(known, host.nodeId)
  if (known && known.nodeId !== host.nodeId) {
    return {
      text: `${config.name}: Failure: (162) Invalid configuration request\nadditional info from kernel:\nnode-id cannot be changed`,
      exit: 10,
      command: `drbdsetup new-resource ${config.name} ${host.nodeId}`,
    }
  }
  const resource = known ?? newResource(kernel, config.name, host.nodeId, config.options)
  resource.options = config.options
  const problem = adjustVolumes(resource, host)
  if (problem) return problem
  publish(resource)
  if (!options.skipNet) adjustPeers(resource, config)
  for (const connection of resource.connections.values()) {
    const peer = [...config.hosts.values()].find((each) => each.nodeId === connection.peerNodeId)
    for (const volume of resource.devices.keys()) {
      addPeerDevice(connection, volume, peer?.volumes.get(volume)?.disk !== 'none')
    }
  }
  settle(resource)
  const diskProblem = options.skipDisk ? undefined : adjustDisks(resource, host)
  if (diskProblem) return diskProblem
  if (!options.skipNet) {
    for (const each of resource.connections.values()) connect(each, options.discardMyData)
  }
  settle(resource)
  return undefined
}

/** 8.4 has no node-ids: with another peer the numbers that stand for them here may be others. */
function renumber(resource: Resource, nodeId: number): void {
  if (resource.nodeId === nodeId) return
  for (const connection of [...resource.connections.values()]) deletePeer(connection)
  resource.nodeId = nodeId
}

function adjustVolumes(resource: Resource, host: HostConfig): AdjustProblem | undefined {
  for (const device of [...resource.devices.values()]) {
    if (host.volumes.has(device.volume)) continue
    detach(device, false)
    deleteDevice(device)
  }
  for (const [volume, config] of host.volumes) {
    if (resource.devices.has(volume)) continue
    const taken = deviceOfMinor(resource.kernel, `${config.minor}`)
    if (taken) {
      return {
        text: `${resource.name}: Failure: (161) Minor or volume exists already (delete it first)`,
        exit: 10,
        command: `drbdsetup new-minor ${resource.name} ${config.minor} ${volume}`,
      }
    }
    const device = newDevice(resource, volume, config.minor)
    device.client = config.disk === 'none'
  }
  return undefined
}

function adjustPeers(resource: Resource, config: ResourceConfig): void {
  const wanted = new Map<
    number,
    Pick<Connection, 'peerNodeId' | 'name' | 'local' | 'peer' | 'options'>
  >()
  const { uname } = resource.kernel.machine
  for (const { ends, net } of config.connections) {
    const here = ends.find((end) => end.host === uname)
    const there = ends.find((end) => end.host !== uname)
    const host = config.hosts.get(there?.host ?? '')
    if (!here?.address || !there?.address || !host) continue
    wanted.set(host.nodeId, {
      peerNodeId: host.nodeId,
      name: host.name,
      local: here.address,
      peer: there.address,
      options: { ...config.net, ...net },
    })
  }
  for (const connection of [...resource.connections.values()]) {
    if (!wanted.has(connection.peerNodeId)) deletePeer(connection)
  }
  for (const fields of wanted.values()) {
    const known = resource.connections.get(fields.peerNodeId)
    if (!known) newPeer(resource, fields)
    else change(known, fields)
  }
}

/** Other addresses need a new connection; options, the name is one, are changed while it stands. */
function change(
  connection: Connection,
  fields: Pick<Connection, 'name' | 'local' | 'peer' | 'options'>,
): void {
  connection.name = fields.name
  const moved = connection.local !== fields.local || connection.peer !== fields.peer
  if (moved) {
    disconnect(connection)
    closeEndpoint(connection)
    connection.local = fields.local
    connection.peer = fields.peer
    openEndpoint(connection)
  }
  connection.options = fields.options
}

function noDiskless(minor: number): AdjustProblem {
  const text = 'open(none) failed: No such file or directory'
  return { text, exit: 20, command: `drbdmeta ${minor} v08 none internal apply-al` }
}

function adjustDisks(resource: Resource, host: HostConfig): AdjustProblem | undefined {
  for (const device of resource.devices.values()) {
    const config = host.volumes.get(device.volume)
    if (!config) continue
    if (config.disk === 'none') {
      // 8.4 asks drbdmeta about a device of that name (seen with drbd-utils 9.22).
      if (resource.kernel.version === 8) return noDiskless(device.minor)
      if (device.backing) detach(device, true)
      device.client = true
      continue
    }
    if (device.backing && device.backingPath !== config.disk) detach(device, false)
    if (device.backing) continue
    const problem = attachFrom(device, config)
    if (problem) return problem
    device.options = config.options
  }
  return undefined
}

function attachFrom(device: Device, config: VolumeConfig): AdjustProblem | undefined {
  const { kernel } = device.resource
  const { data, meta } = findBacking(kernel, config.disk, config.metaDisk)
  const external = config.metaDisk !== 'internal'
  const metaPath = external ? config.metaDisk : config.disk
  const format = kernel.version === 8 ? 'v08' : 'v09'
  const applyAl = `drbdmeta ${device.minor} ${format} ${metaPath} ${external ? 'flex-external' : 'internal'} apply-al`
  if (!meta) {
    return {
      text: `open(${metaPath}) failed: No such file or directory`,
      exit: 20,
      command: applyAl,
    }
  }
  if (meta.drbd?.version !== format || meta.drbd.external !== external) {
    return { text: 'No valid meta data found', exit: 255, command: applyAl }
  }
  const command = `drbdsetup${kernel.version === 8 ? '-84' : ''} attach ${device.minor} ${config.disk} ${metaPath} ${external ? 'flexible' : 'internal'}`
  if (!data) {
    return {
      text: `${device.minor}: Failure: (104) Can not open backing device.`,
      exit: 10,
      command,
    }
  }
  if (data.failed || meta.failed) {
    return {
      text: `${device.minor}: Failure: (118) IO error(s) occurred during initial access to meta-data.`,
      exit: 10,
      command,
    }
  }
  const busy = [...data.openers].find((each) => each !== `drbd${device.minor}`)
  if (busy) {
    return {
      text: `${device.minor}: Failure: (111) Can not open backing device: claimed by ${busy}.`,
      exit: 10,
      command,
    }
  }
  attach(device, { path: config.disk, data, meta })
  settle(device.resource)
  negotiate(device)
  return undefined
}
