/**
 * The passphrase that a controller is started with, from a file or a systemd credential. A wrong
 * one leaves the cluster locked and says so; it never keeps a controller from starting.
 */
import type { Command, State } from '@varve/events'
import type { Logger } from 'pino'
import type { Vault } from './vault.ts'

export type PassphraseAtStart = {
  readonly vault: Vault
  /** Read anew each time, since files are rotated; undefined: none was given. */
  readonly read: (() => Promise<string>) | undefined
  readonly state: () => State
  readonly log: Logger
}

/** Opens the master key while standing by, so that taking over need not wait for scrypt. */
export async function openEarly(options: PassphraseAtStart): Promise<void> {
  const { vault, state, log } = options
  const closed = state().encryption.get('')?.master
  const passphrase = await readPassphrase(options)
  if (passphrase === undefined || closed === undefined || vault.isUnlocked) return
  const opened = await vault.open(closed, passphrase)
  if (opened) vault.adopt(opened)
  else log.error(wrongSentence)
}

/** What the leader sends to itself when it begins: found, enter, or note that the key is open. */
export async function commandAtStart(options: PassphraseAtStart): Promise<Command | undefined> {
  const { vault, state } = options
  const closed = state().encryption.get('')?.master
  if (vault.isUnlocked) return { type: 'encryption.unlock', args: {} }
  const passphrase = await readPassphrase(options)
  if (passphrase === undefined) return undefined
  return closed === undefined
    ? { type: 'encryption.create-passphrase', args: { passphrase } }
    : { type: 'encryption.enter-passphrase', args: { passphrase } }
}

const wrongSentence =
  'the passphrase that this controller was started with is not the one of the cluster: it stays locked'

async function readPassphrase({ read, log }: PassphraseAtStart): Promise<string | undefined> {
  try {
    return await read?.()
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    log.error({ problem }, 'the passphrase cannot be read: the cluster stays locked')
    return undefined
  }
}
