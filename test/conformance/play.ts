/** Plays a scenario in a world and writes down what all satellites report after each step. */
import { until } from '../system/harness.ts'
import { reportText } from './report.ts'
import type { ConformanceWorld } from './world.ts'

export type Scenario = {
  /** Name of its file and of its record. */
  readonly name: string
  readonly title: string
  /** The definition that it is about. */
  readonly definition: string
  readonly steps: readonly Step[]
}

export type Step = {
  readonly name: string
  /** Resolves when what is looked at is at rest, or soon will be. */
  readonly act: (world: ConformanceWorld) => Promise<void>
}

const restMs = 1_500
const patienceMs = 20_000

/**
 * The record: a paragraph per step. `expected` is another world's record of the same scenario: a
 * report that still moves is waited for until it is the same. Without it, until it moves no more.
 */
export async function play(
  scenario: Scenario,
  world: ConformanceWorld,
  expected?: string,
): Promise<string> {
  const wanted = expected?.split('\n\n')
  const paragraphs: string[] = []
  for (const [index, { name, act }] of scenario.steps.entries()) {
    await act(world).catch((cause: unknown) => {
      throw new Error(`${scenario.name}, ${name}: ${String(cause)}`, { cause })
    })
    const look = async () => {
      const seen = await Promise.all(
        world.nodes.map(async (node) =>
          reportText(node, await world.observed(scenario.definition, node)),
        ),
      )
      return [`# ${name}`, ...seen].join('\n')
    }
    paragraphs.push(await resting(look, wanted?.[index]))
  }
  return `${paragraphs.join('\n\n')}\n`
}

/** The first look that is as wanted or has not changed for a while; in the end whatever is there. */
async function resting(look: () => Promise<string>, wanted: string | undefined): Promise<string> {
  let last = ''
  let since = performance.now()
  const isResting = async () => {
    const now = await look()
    if (now !== last) since = performance.now()
    last = now
    if (wanted !== undefined) return now === wanted.trimEnd() || undefined
    return performance.now() - since >= restMs || undefined
  }
  // What is different at the end is told by the comparison, better than by a timeout.
  await until('the reports rest', isResting, patienceMs).catch(() => undefined)
  return last
}
