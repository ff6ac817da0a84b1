/** What users add to the commands that make a volume (`StorDriver/*`). */
import { type DesiredStorage, isYes, readCreationOptions } from '@varve/events'
import { type RunStep, run, type Step, timeouts } from '../core/step.ts'

type MakingTool = 'lvcreate' | 'zfs create'

const optionKeys: Readonly<Record<MakingTool, string>> = {
  lvcreate: 'StorDriver/LvcreateOptions',
  'zfs create': 'StorDriver/ZfscreateOptions',
}

const tools: Partial<Record<DesiredStorage['provider'], MakingTool>> = {
  LVM: 'lvcreate',
  LVM_THIN: 'lvcreate',
  ZFS: 'zfs create',
  ZFS_THIN: 'zfs create',
}

/** Words for the tool that makes it; what is not accepted was told before (optionsProblem). */
export function creationOptions({ provider, props }: DesiredStorage): readonly string[] {
  const tool = tools[provider]
  const read = tool && readCreationOptions(tool, props[optionKeys[tool]] ?? '')
  return read?.ok ? read.words : []
}

/**
 * Why it is not made: options that were set before anybody judged them. Nothing is made without what
 * was asked for, and nothing that Varve would not know as its own.
 */
export function optionsProblem({ provider, props }: DesiredStorage): string | undefined {
  const tool = tools[provider]
  const key = tool && optionKeys[tool]
  const read = tool && readCreationOptions(tool, props[optionKeys[tool]] ?? '')
  return read === undefined || read.ok ? undefined : `the property ${key}: ${read.problem}`
}

/** Words for the tool that takes a snapshot; judged when the property was set. */
export function snapshotOptions(
  tool: 'lvcreate --snapshot' | 'zfs snapshot',
  text: string | undefined,
): readonly string[] {
  const read = readCreationOptions(tool, text ?? '')
  return read.ok ? read.words : []
}

/** Segment type of thick volumes; lvcreate decides when nobody says. */
export function segmentType({ props }: DesiredStorage): readonly string[] {
  const type = props['StorDriver/LvcreateType']
  return type === undefined ? [] : ['--type', type]
}

/** udev may take so long to make a device, seconds, unless somebody says otherwise. */
const usualWait = 20

/** How long it may take for this one, rounded up; undefined: nobody has said. */
function askedWait({ props }: DesiredStorage): number | undefined {
  const text = props['StorDriver/WaitTimeoutAfterCreate']
  const ms = Number(text)
  return text === undefined || !Number.isFinite(ms) ? undefined : Math.ceil(Math.max(0, ms) / 1000)
}

/** Returns as soon as the device is there, or when its time is over. */
export function settleUdev(storage: DesiredStorage, device: string, why: string): RunStep {
  const seconds = askedWait(storage) ?? usualWait
  const argv = ['udevadm', 'settle', `--timeout=${seconds}`, `--exit-if-exists=${device}`]
  return run('udevadm settle', argv, why, { timeoutMs: timeouts.normal + seconds * 1_000 })
}

/** After lvcreate, which waits for udev by itself: only what somebody has asked for. */
export function afterLvcreate(storage: DesiredStorage, device: string): Step[] {
  const why = `${device} is new`
  const isCounted = isYes(storage.props['StorDriver/DMStats'])
  return [
    ...(askedWait(storage) === undefined
      ? []
      : [{ ...settleUdev(storage, device, why), mayFail: true as const }]),
    // Counters go with their device.
    ...(isCounted ? [run('dmstats', ['dmstats', 'create', device], why, { mayFail: true })] : []),
  ]
}
