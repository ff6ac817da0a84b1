/** drbdsetup status: the text for people and the JSON for programs, as 9.22 prints them. */
import {
  blockedBy,
  deviceStatistics,
  outOfSync,
  peerDeviceStatistics,
  peerDisk,
  peerRole,
  showConnection,
  showResource,
} from './events.ts'
import type { Connection, Device, PeerDevice, Resource } from './model.ts'
import { syncFields } from './progress.ts'

const width = 80

/** Words in lines of at most 80 characters; what does not fit goes on at `further`. */
function wrap(indent: number, further: number, words: readonly string[]): string {
  let text = ''
  let line = ' '.repeat(indent)
  let empty = true
  for (const word of words) {
    if (word === '') continue
    if (!empty && line.length + 1 + word.length > width) {
      text += `${line}\n`
      line = ' '.repeat(further)
      empty = true
    }
    line += empty ? word : ` ${word}`
    empty = false
  }
  return `${text}${line}\n`
}

export type StatusOptions = { readonly verbose: boolean; readonly statistics: boolean }

export function statusText(resource: Resource, options: StatusOptions): string {
  const nine = resource.kernel.version === 9
  const single = resource.devices.size === 1 && resource.devices.has(0)
  const shown = showResource(resource)
  const suspended = options.verbose || resource.suspended !== 'no'
  let text = wrap(0, 4, [
    resource.name,
    options.verbose && nine ? `node-id:${resource.nodeId}` : '',
    `role:${resource.role}`,
    suspended ? `suspended:${resource.suspended}` : '',
    nine && (options.verbose || resource.forceIoFailures)
      ? `force-io-failures:${resource.forceIoFailures ? 'yes' : 'no'}`
      : '',
  ])
  if (options.statistics) text += wrap(4, 4, shown.statistics.split(' '))
  for (const device of resource.devices.values()) text += deviceText(device, single, options)
  for (const connection of resource.connections.values()) {
    if (!connection.hidden) text += connectionText(connection, single, options)
  }
  return `${text}\n`
}

function deviceText(device: Device, single: boolean, options: StatusOptions): string {
  const nine = device.resource.kernel.version === 9
  const blocked = blockedBy(device)
  const text = wrap(2, 6, [
    !single || options.verbose ? `volume:${device.volume}` : '',
    options.verbose ? `minor:${device.minor}` : '',
    `disk:${device.disk}`,
    nine && device.disk === 'Diskless' ? `client:${device.client ? 'yes' : 'no'}` : '',
    nine && options.verbose ? `backing_dev:${device.backing ? device.backingPath : 'none'}` : '',
    nine && (options.verbose || !device.quorum) ? `quorum:${device.quorum ? 'yes' : 'no'}` : '',
    !options.statistics && blocked !== 'no' ? `blocked:${blocked}` : '',
  ])
  return options.statistics ? text + wrap(6, 6, deviceStatistics(device).split(' ')) : text
}

function connectionText(connection: Connection, single: boolean, options: StatusOptions): string {
  const nine = connection.resource.kernel.version === 9
  const connected = connection.link !== undefined
  let text = wrap(2, 6, [
    nine ? connection.name : 'peer',
    options.verbose && nine ? `node-id:${connection.peerNodeId}` : '',
    options.verbose || !connected ? `connection:${connection.state}` : '',
    options.verbose || connected ? `role:${peerRole(connection)}` : '',
    ...(options.statistics ? showConnection(connection).statistics.split(' ') : []),
  ])
  if (!connected && !options.verbose) return text
  for (const peerDevice of connection.peerDevices.values()) {
    text += peerDeviceText(peerDevice, single, options)
  }
  return text
}

function peerDeviceText(peerDevice: PeerDevice, single: boolean, options: StatusOptions): string {
  const { resource } = peerDevice.connection
  const nine = resource.kernel.version === 9
  const { disk, client } = peerDisk(peerDevice)
  const sync = syncFields(peerDevice, resource.kernel.machine.shared.clock)
  const quiet = nine && peerDevice.replication === 'Established'
  const suspended = options.verbose || peerDevice.resyncSuspended !== 'no'
  const text = wrap(4, 8, [
    !single || options.verbose ? `volume:${peerDevice.volume}` : '',
    options.verbose || !quiet ? `replication:${peerDevice.replication}` : '',
    `peer-disk:${disk}`,
    nine && disk === 'Diskless' ? `peer-client:${client ? 'yes' : 'no'}` : '',
    sync ? `done:${sync.done}` : '',
    suspended ? `resync-suspended:${peerDevice.resyncSuspended}` : '',
  ])
  if (!options.statistics) return text
  const figures = text + wrap(8, 8, peerDeviceStatistics(peerDevice).split(' '))
  return sync && nine ? figures + wrap(8, 8, [`dbdt1:${sync.speed}`, `eta:${sync.eta}`]) : figures
}

/** `drbdsetup status --json`: keys, blanks and nesting of 9.22. */
export function statusJson(resources: readonly Resource[]): string {
  return `[\n${resources.map(resourceJson).join(',\n')}\n]\n\n`
}

function resourceJson(resource: Resource): string {
  const reasons = resource.suspended.split(',')
  return `{
  "name": ${JSON.stringify(resource.name)},
  "node-id": ${resource.nodeId},
  "role": "${resource.role}",
  "suspended": ${resource.suspended !== 'no'},
  "suspended-user": ${reasons.includes('user')},
  "suspended-no-data": ${reasons.includes('no-data')},
  "suspended-fencing": false,
  "suspended-quorum": ${reasons.includes('quorum')},
  "force-io-failures": ${resource.forceIoFailures},
  "write-ordering": "${showResource(resource).statistics.split(':')[1]}",
  "devices": [
${[...resource.devices.values()].map(deviceJson).join(',\n')} ],
  "connections": [
${[...resource.connections.values()].map(connectionJson).join(',\n')} ]
}`
}

function deviceJson(device: Device): string {
  return `    {
      "volume": ${device.volume},
      "minor": ${device.minor},
      "disk-state": "${device.disk}",
      "client": ${device.client},
      "quorum": ${device.quorum},
      "size": ${device.sizeKib},
      "read": ${device.readKib},
      "written": ${device.writtenKib},
      "al-writes": 0,
      "bm-writes": 0,
      "upper-pending": 0,
      "lower-pending": 0
    }`
}

function connectionJson(connection: Connection): string {
  return `    {
      "peer-node-id": ${connection.peerNodeId},
      "name": ${JSON.stringify(connection.name)},
      "connection-state": "${connection.state}", 
      "congested": false,
      "peer-role": "${peerRole(connection)}",
      "ap-in-flight": 0,
      "rs-in-flight": 0,
      "peer_devices": [
${[...connection.peerDevices.values()].map(peerDeviceJson).join(',\n')} ]
    }`
}

function peerDeviceJson(peerDevice: PeerDevice): string {
  const { resource } = peerDevice.connection
  const { disk, client } = peerDisk(peerDevice)
  const sync = syncFields(peerDevice, resource.kernel.machine.shared.clock)
  const size = resource.devices.get(peerDevice.volume)?.sizeKib ?? 0
  const missing = outOfSync(peerDevice)
  const inSync = size === 0 ? 100 : 100 - (100 * missing) / size
  const details = sync
    ? `,
          "rs-total": ${sync.totalSectors},
          "rs-dt-start-ms": ${sync.ms},
          "rs-paused-ms": 0,
          "rs-dt0-ms": ${sync.ms},
          "rs-db0-sectors": ${sync.sectors},
          "rs-dt1-ms": ${sync.ms},
          "rs-db1-sectors": ${sync.sectors},
          "rs-failed": 0,
          "rs-same-csum": 0,
          "want": 0.00,
          "db0/dt0 [MiB/s]": ${sync.speed},
          "db1/dt1 [MiB/s]": ${sync.speed},
          "estimated-seconds-to-finish": ${sync.eta === 'nan' ? 0 : sync.eta},
          "db/dt [MiB/s]": ${sync.speed},
          "percent-resync-done": ${sync.done}`
    : ''
  return `        {
          "volume": ${peerDevice.volume},
          "replication-state": "${peerDevice.replication}",
          "peer-disk-state": "${disk}",
          "peer-client": ${client},
          "resync-suspended": "${peerDevice.resyncSuspended}",
          "received": ${peerDevice.receivedKib},
          "sent": ${peerDevice.sentKib},
          "out-of-sync": ${missing},
          "pending": 0,
          "unacked": 0,
          "has-sync-details": ${sync !== undefined && !peerDevice.replication.startsWith('Verify')},
          "has-online-verify-details": ${peerDevice.replication.startsWith('Verify')},
          "percent-in-sync": ${inSync.toFixed(2)}${details}
        }`
}
