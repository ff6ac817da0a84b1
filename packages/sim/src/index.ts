/** Simulated machines that imitate the storage tools of Linux. */
export { blockKib } from './block.ts'
export {
  connectSimulatedHost,
  connectWorldControl,
  type RemoteHost,
  type WorldControl,
} from './client.ts'
export { type ManualClock, manualClock, realClock, type SimClock } from './clock.ts'
export type { HostOptions } from './create-machine.ts'
export type { Fault } from './faults.ts'
export { type DrbdVersion, defaultTiming, type Timing } from './machine.ts'
export type { Network } from './network.ts'
export { type ServedWorld, serveWorld } from './serve.ts'
export { createWorld, type SimHost, type World, type WorldOptions } from './world.ts'
