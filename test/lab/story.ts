/** A story on a lab of its own: booted once, its tests one after the other, skipped aloud. */
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { type LabNode, type LabOptions, labSupport, zfsSupport } from '../../infra/lab/index.ts'
import { LabSystem } from './system.ts'

type Stage = { readonly system: LabSystem }

type StoryOptions = LabOptions & {
  prepare?: (node: LabNode) => Promise<unknown>
  /** It is skipped where the nodes cannot have ZFS. */
  needsZfs?: boolean
}

export function story(
  title: string,
  { needsZfs = false, ...options }: StoryOptions,
  tell: (stage: Stage) => void,
): void {
  const support = needsZfs ? zfsSupport() : labSupport()
  const named = needsZfs ? `${title} [needs zfs-modules]` : title
  const full = support.ok ? named : `${named} (skipped: ${support.reason})`
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
