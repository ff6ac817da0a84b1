export * from './cluster.ts'
export * from './random-steps.ts'
export * from './san.ts'
