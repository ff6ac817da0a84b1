/** Makes desired documents true on one machine and tells what it sees there. */

export { satelliteVersion } from './announce.ts'
export type { Bus } from './bus.ts'
export type { KernelChange } from './core/kernel-change.ts'
export type { DocumentsFollower } from './documents.ts'
export type {
  Blocks,
  CommandResult,
  FollowedProcess,
  Host,
  Listener,
  PipedProcess,
  RunOptions,
} from './host/host.ts'
export { normalTimeoutMs } from './host/host.ts'
export { realHost } from './host/real.ts'
export { type Clock, type Log, realClock } from './ports.ts'
export { runSatellite, runSatelliteOn, type SatelliteOptions } from './satellite.ts'
