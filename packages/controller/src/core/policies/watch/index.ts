/** The watching policies. */
import { autoDiskful } from './auto-diskful.ts'
import { autoEvict } from './auto-evict.ts'
import { autoSnapshot } from './auto-snapshot.ts'
import { balance } from './balance.ts'
import { rePlace } from './re-place.ts'
import { trash } from './trash.ts'
import type { Watcher } from './watcher.ts'

export const watchers: readonly Watcher[] = [
  autoEvict,
  rePlace,
  autoDiskful,
  balance,
  autoSnapshot,
  trash,
]
