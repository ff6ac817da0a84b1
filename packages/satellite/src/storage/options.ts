/** What users add to the commands that make a volume (`StorDriver/*`). */
import { type CreationTool, type DesiredStorage, readCreationOptions } from '@varve/events'
import { type RunStep, run, type Step, timeouts } from '../core/step.ts'

const optionKeys: Readonly<Record<CreationTool, string>> = {
  lvcreate: 'StorDriver/LvcreateOptions',
  'zfs create': 'StorDriver/ZfscreateOptions',
}

const tools: Partial<Record<DesiredStorage['provider'], CreationTool>> = {
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

/** After lvcreate, which waits for udev by itself: only if somebody has said how long. */
export function awaitDevice(storage: DesiredStorage, device: string): Step[] {
  if (askedWait(storage) === undefined) return []
  return [{ ...settleUdev(storage, device, `${device} is new`), mayFail: true }]
}
