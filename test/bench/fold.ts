/** The fold: a journal of spawns and reports into a state, with its chain verified on the way. */
import { join } from 'node:path'
import { createState, evolveEntry, genesis } from '@varve/events'
import { readFolded } from '../../packages/controller/src/log/block.ts'
import { openJournal } from '../../packages/controller/src/log/journal.ts'
import { type Figure, figure, median } from './figure.ts'
import type { Grown } from './grow.ts'
import { readRate } from './log.ts'

const rounds = 3

/** `directory` holds the journal that `growJournal` made. */
export async function foldFigures(directory: string, grown: Grown): Promise<Figure[]> {
  const path = join(directory, 'journal')
  const runs: number[] = []
  const skeleton: number[] = []
  await fold(path)
  for (let round = 0; round < rounds; round += 1) {
    skeleton.push((await readRate({ entries: 50_000, perBlock: 64 })).eventsPerS)
    const from = performance.now()
    await fold(path)
    runs.push((grown.events / (performance.now() - from)) * 1000)
  }
  return [
    figure({
      what: 'fold from the journal, chain verified',
      unit: 'events/s',
      aim: 500_000,
      reached: 'at-least',
      aimedRatio: 500_000 / 950_000,
      runs,
      skeleton: median(skeleton),
    }),
  ]
}

async function fold(path: string): Promise<void> {
  const state = createState(genesis)
  const journal = await openJournal(path, ({ bytes, sequence, hash }) => {
    for (const entry of readFolded(bytes)) evolveEntry(state, entry, sequence)
    state.position.sequence = sequence
    state.position.hash = hash
  })
  await journal.close()
}
