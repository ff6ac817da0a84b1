/** For tests of other packages: the contract of storage, and a loop that makes one document true. */
export { type Converged, converge } from './converge.ts'
export { findDrift } from './core/drift.ts'
export * from './given.ts'
export { type RecordedHost, recordedHost, type Script } from './host/record.ts'
export { cachedDevice } from './layers/cache/names.ts'
export { createProvisioner, type Provisioner } from './provision/provisioner.ts'
export { snapshotState } from './snapshots/plan.ts'
export { type ProviderBench, providerContract } from './storage/provider.contract.ts'
