/** Numbers for new things: minors, ports, node-ids, volume numbers, peer slots. */
export { allocateMinor } from './minor.ts'
export { allocateNodeId } from './node-id.ts'
export { checkPeerSlots, peerSlotsFor } from './peer-slots.ts'
export { allocatePorts, type PortRequest } from './port.ts'
export { formatRanges, parseRanges, type Range } from './range.ts'
export { allocateVolumeNumber, lowestVolumeNumber } from './volume-number.ts'
