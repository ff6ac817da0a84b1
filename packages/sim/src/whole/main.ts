/** `./dev sim --whole`: several controllers, and everything between them, from seeds. */
import { play, shrink, stepsOfSeed } from './run.ts'

/** Plays one run, and tells what is broken in its shortest form; true: something is. */
export async function tellWhole(
  seed: number,
  mostPlays: number,
  print: (line: string) => void,
): Promise<boolean> {
  const steps = stepsOfSeed(seed)
  const failure = await play(seed, steps)
  if (!failure) return false
  print(`seed ${seed}: ${failure.broken[0]}`)
  const shortest = await shrink(seed, steps, failure, mostPlays)
  for (const step of shortest.steps) print(`  ${JSON.stringify(step)}`)
  for (const sentence of shortest.failure.broken) print(`  → ${sentence}`)
  return true
}
