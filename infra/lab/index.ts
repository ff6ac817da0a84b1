/** Real-kernel test nodes on any Debian machine with root: see README.md. */
export type { Disk } from './disk.ts'
export { Lab, type LabOptions } from './lab.ts'
export type { Network } from './network.ts'
export type { LabNode } from './node.ts'
export { ensureLabPackages } from './packages.ts'
export type { Finished, Running, RunOptions, SpawnOptions } from './running.ts'
export { labSupport, type Support } from './support.ts'
