/** `varve explain placement web`, `varve explain stuck [object]`. */
import type { Stuck } from '@varve/projections'
import type { Command } from 'commander'
import { formatTime } from '../output/tree.ts'
import type { Task } from '../session.ts'
import type { OwnVerb } from '../verb.ts'
import { askAndPrint } from './ask.ts'

type Placement = { readonly sequence: number; readonly at: number; readonly lines: string[] }

export function configure(command: Command, verb: OwnVerb, run: (task: Task) => void): void {
  command.action((object: string | undefined) => {
    run((session) =>
      verb.verb === 'placement'
        ? askAndPrint(session, 'explain-placement', { definition: object }, placementText)
        : askAndPrint(session, 'explain-stuck', object === undefined ? {} : { object }, stuckText),
    )
  })
}

const placementText = ({ sequence, at, lines }: Placement) => [
  `Placed at log sequence ${sequence}, ${formatTime(at)} UTC.`,
  ...lines,
]

function stuckText({ stuck }: { readonly stuck: readonly Stuck[] }): string[] {
  if (stuck.length === 0) return ['Nothing is stuck.']
  return stuck.flatMap(({ sentence, waysOut }) => [sentence, ...waysOut.map((way) => `  → ${way}`)])
}
