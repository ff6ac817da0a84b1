export type { Change, Ports } from './ports.ts'
export { defaultPort, type RestOptions, serveRest } from './server.ts'
