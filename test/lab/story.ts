/** A story on a lab of its own: booted once, its tests one after the other, skipped aloud. */
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { type LabNode, type LabOptions, labSupport } from '../../infra/lab/index.ts'
import { LabSystem } from './system.ts'

type Stage = { readonly system: LabSystem }

export function story(
  title: string,
  options: LabOptions & { prepare?: (node: LabNode) => Promise<unknown> },
  tell: (stage: Stage) => void,
): void {
  const support = labSupport()
  const full = support.ok ? title : `${title} (skipped: ${support.reason})`
  describe.skipIf(!support.ok)(full, () => {
    let system: LabSystem | undefined
    beforeAll(async () => {
      system = await LabSystem.start(options)
    })
    afterEach(({ task }) => {
      if (task.result?.state === 'fail') system?.noteFailure()
    })
    afterAll(() => system?.[Symbol.asyncDispose]())
    tell({
      get system() {
        if (!system) throw new Error('the lab has not started')
        return system
      },
    })
  })
}
