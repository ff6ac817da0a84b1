/** Makes desired documents true on one machine and tells what it sees there. */
export type { KernelChange } from './core/kernel-change.ts'
export type {
  Blocks,
  CommandResult,
  FollowedProcess,
  Host,
  Listener,
  PipedProcess,
  RunOptions,
} from './host/host.ts'
export { realHost } from './host/real.ts'
export { type Clock, type Log, realClock } from './ports.ts'
export { runSatellite, type SatelliteOptions, satelliteVersion } from './satellite.ts'
