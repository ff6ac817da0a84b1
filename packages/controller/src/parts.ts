/** What a controller is made of beside its core, for a simulation that puts it together without NATS. */
export { Agenda } from './core/policies/watch/agenda.ts'
export { createWitness, tickMs, type Witness } from './observe/witness.ts'
export { allSubjects, prepare } from './publish/prepare.ts'
export { createVault } from './secrets/vault.ts'
