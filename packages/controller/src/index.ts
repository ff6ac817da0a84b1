export { foldLines, stateHash } from './book.ts'
export { runController } from './controller.ts'
export { lockDirectory } from './lock.ts'
export { printBlock, printEntry } from './log/block.ts'
export type { Member } from './nats/accounts.ts'
export { renderAccounts } from './nats/accounts.ts'
export { createAuthority, createServerCertificate } from './nats/certificate.ts'
export { connectNats } from './nats/connect.ts'
export { type EmbeddedNats, startEmbedded } from './nats/embedded.ts'
export {
  type ControllerIdentity,
  credentialsOf,
  type MemberIdentity,
  readControllerIdentity,
} from './nats/identity.ts'
export { writeMembers } from './nats/members-file.ts'
export { runSite } from './nats/run-site.ts'
export { cacheDirectory, findNatsServer } from './nats/server.ts'
export { serverUrl } from './nats/site.ts'
export type { ControllerOptions } from './options.ts'
export { runReader } from './reader.ts'
export type { ReadSource } from './serve/read-source.ts'
