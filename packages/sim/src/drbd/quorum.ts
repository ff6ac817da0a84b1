/** Votes: who may go on when the cluster is torn apart. After calc_quorum() of DRBD 9. */
import { type Device, isAttached, type PeerDevice, peerOf } from './model.ts'

/** Whether this side of the volume has quorum; `device.quorum` is what it was before. */
export function hasQuorum(device: Device): boolean {
  const rule = device.resource.options.quorum ?? 'off'
  if (rule === 'off' || device.resource.kernel.version === 8) return true
  const votes = {
    upToDate: 0,
    present: 0,
    outdated: 0,
    unknown: 0,
    diskless: 0,
    missingDiskless: 0,
  }
  if (device.disk === 'UpToDate') votes.upToDate += 1
  else if (isAttached(device)) votes.present += 1
  else if (device.client) votes.diskless += 1
  for (const connection of device.resource.connections.values()) {
    const peerDevice = connection.peerDevices.get(device.volume)
    if (peerDevice) votes[voteOf(peerDevice)] += 1
  }
  const voters = votes.outdated + votes.unknown + votes.upToDate + votes.present
  const here = votes.upToDate + votes.present
  const needed =
    rule === 'all' ? voters : rule === 'majority' ? Math.floor(voters / 2) + 1 : Number(rule)
  if (here >= needed) return true
  // What follows keeps quorum but never gains it.
  if (!device.quorum) return false
  // Failed by one vote of an even number: the majority of the diskless ones breaks the tie.
  const disklessNeeded = Math.floor((votes.diskless + votes.missingDiskless) / 2) + 1
  if (voters % 2 === 0 && here === needed - 1 && votes.diskless >= disklessNeeded) return true
  // Last man standing: everybody who is missing has said goodbye.
  return votes.unknown === 0
}

type Vote = 'upToDate' | 'present' | 'outdated' | 'unknown' | 'diskless' | 'missingDiskless'

function voteOf(peerDevice: PeerDevice): Vote {
  const { connection } = peerDevice
  if (!connection.link) {
    if (!peerDevice.hasBitmap) return 'missingDiskless'
    return connection.gone ? 'outdated' : 'unknown'
  }
  const peer = peerOf(peerDevice)
  if (peer?.disk === 'UpToDate') return 'upToDate'
  return peer?.disk === 'Diskless' && peer.client ? 'diskless' : 'present'
}
