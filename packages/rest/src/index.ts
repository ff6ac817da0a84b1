export { readTokens } from './auth.ts'
export type { Ports } from './ports.ts'
export { routes } from './routes/index.ts'
export { defaultPorts, type RestOptions, serveRest } from './server.ts'
