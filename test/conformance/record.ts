/** What satellites reported on real kernels, one file per scenario. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Scenario } from './play.ts'

export function recordPath({ name }: Scenario): string {
  return join(import.meta.dirname, 'testdata', `${name}.txt`)
}

export function recordOf(scenario: Scenario): Promise<string> {
  return readFile(recordPath(scenario), 'utf8')
}
