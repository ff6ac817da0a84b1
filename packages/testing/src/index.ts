export * from './cluster.ts'
export * from './random-steps.ts'
