/** A story on a lab of its own: booted once, its tests one after the other, skipped aloud. */
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import {
  drbd9Support,
  type LabNode,
  type LabOptions,
  labSupport,
  nvmeSupport,
  zfsSupport,
} from '../../infra/lab/index.ts'
import { LabSystem } from './system.ts'

type Stage = { readonly system: LabSystem }

type StoryOptions = LabOptions & {
  prepare?: (node: LabNode) => Promise<unknown>
  /** It is skipped where the nodes cannot have it. */
  needs?: keyof typeof special
}

/** What nodes do not have by themselves, and the name that excuses a skip for want of it. */
const special = {
  zfs: { name: 'zfs-modules', support: zfsSupport },
  nvme: { name: 'nvme-modules', support: nvmeSupport },
  drbd9: { name: 'drbd9-module', support: drbd9Support },
} as const

export function story(
  title: string,
  { needs, ...options }: StoryOptions,
  tell: (stage: Stage) => void,
): void {
  const support = needs === undefined ? labSupport() : special[needs].support()
  const named = needs === undefined ? title : `${title} [needs ${special[needs].name}]`
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
