/**
 * Makes device pools, and takes them away, one after the other: looks, plans, runs, looks again
 * until it is as the document has it, and tells what came of it. What is there is always found out
 * anew, so a satellite that was killed goes on where it was.
 */
import type { DesiredDevicePool, DesiredNode, ObservedDevicePool } from '@varve/events'
import { type ApplyOptions, runSteps } from '../apply.ts'
import { createBell } from '../bell.ts'
import { isUnseen, lookFor } from './look.ts'
import { planLvm } from './lvm.ts'
import type { ProvisionPlan } from './plan.ts'
import { planZfs } from './zfs.ts'

/**
 * A tool that a satellite before this one has started may still be at work, and udev may still be
 * looking: so often it is tried again before it counts as failed, with a pause in between.
 */
const attempts = { most: 3, pauseMs: 2_000 } as const
/** What threw is tried again, and what a halt has left undone. */
const retryMs = 60_000
/** Rounds that do what they were to do, and are still not enough. */
const mostRounds = 8

export type ProvisionerOptions = ApplyOptions & {
  /** True: nothing is changed on this machine any more. */
  readonly isHalted: () => boolean
  readonly onOutcomes: (outcomes: readonly ObservedDevicePool[]) => void
}

export type Provisioner = {
  readonly setNode: (document: DesiredNode) => void
  /** Until the signal is aborted and the running step has ended. */
  readonly run: () => Promise<void>
}

export function createProvisioner(options: ProvisionerOptions): Provisioner {
  const bell = createBell(options.clock)
  const outcomes = new Map<string, ObservedDevicePool>()
  let wanted: readonly DesiredDevicePool[] = []
  const isWanted = (key: string) => wanted.some((pool) => keyOf(pool) === key)
  const tell = () => options.onOutcomes([...outcomes.values()])

  async function work(): Promise<void> {
    const next = wanted.find((pool) => !outcomes.has(keyOf(pool)))
    if (!next || options.isHalted()) return
    const outcome = await carryOut(next, options)
    // It may not be wanted any more, or the satellite is ending: the next one finds out.
    if (!outcome || !isWanted(keyOf(next))) return
    outcomes.set(keyOf(next), outcome)
    options.log.info({ ...outcome }, 'device pool')
    tell()
    bell.ring()
  }

  return {
    setNode({ devicePools = [] }) {
      wanted = devicePools
      const gone = [...outcomes.keys()].filter((key) => !isWanted(key))
      for (const key of gone) outcomes.delete(key)
      if (gone.length > 0) tell()
      bell.ring()
    },
    async run() {
      while (!options.signal.aborted) {
        await work().catch((error: unknown) => {
          options.log.error({ error }, 'a device pool cannot be worked on; it is tried again later')
        })
        await bell.wait(retryMs, options.signal)
      }
    },
  }
}

const keyOf = ({ owner, backing, state }: DesiredDevicePool) => `${owner} ${state} ${backing}`

/** Undefined: the satellite is ending. */
async function carryOut(
  desired: DesiredDevicePool,
  options: ProvisionerOptions,
): Promise<ObservedDevicePool | undefined> {
  const { backing, owner, state } = desired
  let failures = 0
  let problem = `after ${mostRounds} rounds it is still not as wanted`
  for (let round = 0; round < mostRounds && failures < attempts.most; round += 1) {
    if (options.signal.aborted) return undefined
    const next = await planNow(desired, options)
    if (next.kind === 'done') return { backing, owner, state }
    if (next.kind === 'steps') {
      const outcome = await runSteps(backing, next.steps, options)
      if (outcome.kind === 'done') continue
      if (outcome.kind === 'stopped') return undefined
      const { step, stderr } = outcome.failure
      problem = `${step}: ${stderr}`
    } else problem = next.reason
    failures += 1
    if (failures < attempts.most) await options.clock.sleep(attempts.pauseMs, options.signal)
  }
  return options.signal.aborted ? undefined : { backing, owner, state: 'failed', problem }
}

async function planNow(
  desired: DesiredDevicePool,
  { host }: ProvisionerOptions,
): Promise<ProvisionPlan> {
  const sight = await lookFor(desired, host)
  if (isUnseen(sight)) return { kind: 'refused', reason: sight.unseen }
  const isLvm = desired.provider === 'LVM' || desired.provider === 'LVM_THIN'
  return isLvm ? planLvm(desired, sight) : planZfs(desired, sight)
}
