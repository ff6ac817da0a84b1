/** What the reconciler knows of one document and of how far it is. */
import type { DesiredResource, StepFailure } from '@varve/events'
import type { Reads } from './core/reads.ts'
import type { Progress } from './core/report.ts'

export type Entry = {
  document: DesiredResource
  progress: Progress
  isRunning: boolean
  rounds: number
  /** It waits for what comes about by itself: judged again then. */
  againAt?: number
  /** A command timed out: the next plan says whether it had worked all the same. */
  doubt?: StepFailure
  /** Why it is known to be true: still so while the document and all that was read are the same. */
  proof?: { readonly document: DesiredResource; readonly reads: Reads }
  /** A tool could not be killed: whatever it was to do may still happen on this machine. */
  isHaunted?: true
  /** Users wait for its snapshot until then at the latest. */
  hastyUntil?: number
}
