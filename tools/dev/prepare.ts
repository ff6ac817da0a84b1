/** What the machine needs before tests or a lab can run. */
import { findNatsServer } from '@varve/controller'
import {
  ensureLabPackages,
  ensureModules,
  labSupport,
  moduleParts,
  partSupport,
} from '../../infra/lab/index.ts'

type Say = (line: string) => void

/** Finds or fetches the nats-server now, so that no test waits for a download. */
export async function prepareNats(say: Say): Promise<void> {
  const { path, version } = await findNatsServer({ env: process.env, log: say })
  say(`nats-server ${version} at ${path}`)
}

/**
 * Installs the lab's packages when we may. False, and said aloud, when this machine cannot have a
 * lab; throws when it could but setting it up failed.
 */
export async function prepareLab(say: Say): Promise<boolean> {
  const canInstall = process.platform === 'linux' && process.getuid?.() === 0
  try {
    if (canInstall) await ensureLabPackages(say)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`NO LAB: its packages could not be installed: ${why}`, { cause })
  }
  const support = labSupport()
  if (support.ok) return true
  say(`NO LAB on this machine, so its tests are skipped: ${support.reason}`)
  return false
}

/** Builds what the lab's kernels come without, once per machine; what cannot be is said aloud. */
export async function prepareModules(say: Say): Promise<void> {
  if (!labSupport().ok) return
  await ensureModules(say)
  for (const part of moduleParts) {
    const support = partSupport(part)
    if (!support.ok) say(`NO ${part} in the lab, so its tests are skipped: ${support.reason}`)
  }
}
