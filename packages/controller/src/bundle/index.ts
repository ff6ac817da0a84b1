/** All of a cluster's log in a file: made, asked, decided again. Loaded by commands that need it. */
export { BundleUnreadable } from './form.ts'
export { rehearseBundle } from './rehearsal.ts'
export { openReplay, type Replay } from './replay.ts'
export { writeBundle } from './write.ts'
