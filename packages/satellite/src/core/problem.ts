/** What a tool's last words mean, where they are known to mean one thing only. */
import type { StepProblem } from '@varve/events'

/** Why nothing is done, and of what kind that is. */
export type Obstacle = { readonly reason: string; readonly problem?: StepProblem }

/**
 * As lvm2 2.03, ZFS 2.1, cryptsetup 2.6, drbd-utils 9 and util-linux 2.38 say it. The order counts:
 * "Input/output error" of a device in use is an error of the disk.
 */
const words: readonly (readonly [StepProblem, RegExp])[] = [
  ['disk-error', /Input\/output error|I\/O error/],
  [
    'pool-full',
    /Insufficient free space|free space in thin pool .* reached threshold|[Nn]o space left|out of space/,
  ],
  [
    'device-busy',
    /is used by another device|Logical volume \S+ in use\.|contains a filesystem in use|[Rr]esource busy|dataset is busy|is still in use|held open by/,
  ],
]

/** Undefined: only the words themselves can tell. */
export function problemIn(
  said: string,
  { timedOut = false }: { readonly timedOut?: boolean } = {},
): StepProblem | undefined {
  if (timedOut) return 'tool-hangs'
  return words.find(([, pattern]) => pattern.test(said))?.[0]
}
