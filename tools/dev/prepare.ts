/** What the machine needs before tests or a lab can run. */
import { findNatsServer } from '@varve/controller'
import { ensureLabPackages, labSupport } from '../../infra/lab/index.ts'

export type LabAnswer =
  | { readonly able: true }
  /** `isFault`: the machine could run a lab, but setting it up failed. */
  | { readonly able: false; readonly reason: string; readonly isFault: boolean }

type Say = (line: string) => void

/** Finds or fetches the nats-server now, so that no test waits for a download. */
export async function prepareNats(say: Say): Promise<void> {
  const { path, version } = await findNatsServer({ env: process.env, log: say })
  say(`nats-server ${version} at ${path}`)
}

/** Installs the lab's packages when we may, and says aloud when there cannot be a lab. */
export async function prepareLab(say: Say): Promise<LabAnswer> {
  const canInstall = process.platform === 'linux' && process.getuid?.() === 0
  try {
    if (canInstall) await ensureLabPackages(say)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    say(`NO LAB: its packages could not be installed: ${reason}`)
    return { able: false, reason, isFault: true }
  }
  const support = labSupport()
  if (support.ok) return { able: true }
  say(`NO LAB on this machine, so its tests are skipped: ${support.reason}`)
  return { able: false, reason: support.reason, isFault: false }
}
