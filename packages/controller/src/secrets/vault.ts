/**
 * The open master key of one controller process, and what is made with it. The key is in memory
 * only: whoever restarts the controller has to bring the passphrase again.
 */
import { createHmac, hash, randomBytes } from 'node:crypto'
import { nameKey, type SealedSecret, sealing } from '@varve/events'
import type { VaultView } from '../core/context.ts'
import type { SecretSealer } from '../core/desired/secrets.ts'
import { seal } from './seal.ts'
import { closeMaster, keyBytes, openMaster, unwrap, wrap } from './wrap.ts'

export type Vault = VaultView &
  SecretSealer & {
    /** A new master key closed by `passphrase`; it counts once it is adopted. */
    readonly found: (passphrase: string) => Promise<Opened>
    /** Undefined: it is not the passphrase of this master key. */
    readonly open: (closed: string, passphrase: string) => Promise<Opened | undefined>
    /** The same key under a new passphrase. */
    readonly close: (opened: Opened, passphrase: string) => Promise<string>
    readonly adopt: (opened: Opened) => void
    /** Text that a user chose; it opens in that context only. Undefined when locked. */
    readonly wrapText: (text: string, context: string) => string | undefined
    /** For use in this process alone; undefined when locked, or when it was wrapped for another. */
    readonly unwrapText: (wrapped: string, context: string) => string | undefined
  }

/** An open master key and the text that it came from. */
export type Opened = { readonly closed: string; readonly master: Buffer }

/** Sealed texts are kept, since a document is compiled far more often than its keys change. */
const mostRemembered = 20_000

export function createVault(): Vault {
  let master: Buffer | undefined
  let seed = Buffer.alloc(0)
  const remembered = new Map<string, string>()

  function wrapText(text: string, context: string): string | undefined {
    return master && wrap(master, Buffer.from(text), context)
  }

  function sealFor(request: Parameters<SecretSealer['seal']>[0]): SealedSecret {
    const { wrapped, purpose, context, publicKey } = request
    if (!master) return { state: 'unavailable' as const, reason: lockedReason }
    const slot = `${publicKey} ${purpose} ${context} ${wrapped}`
    const known = remembered.get(slot)
    if (known !== undefined) return { state: 'sealed' as const, sealed: known }
    const text = unwrap(master, wrapped, purpose)
    if (!text) return { state: 'unavailable' as const, reason: damagedReason }
    const sealed = seal({ publicKey, text, context, seed })
    if (remembered.size >= mostRemembered) remembered.clear()
    remembered.set(slot, sealed)
    return { state: 'sealed' as const, sealed }
  }

  return {
    get isUnlocked() {
      return master !== undefined
    },
    newKey: (definition) =>
      wrapText(randomBytes(keyBytes).toString('base64'), luksPurpose(definition)),
    wrapText,
    unwrapText: (wrapped, context) => master && unwrap(master, wrapped, context)?.toString('utf8'),
    newSecret(definition) {
      const secret = randomBytes(secretBytes).toString('base64url')
      const wrapped = master && wrap(master, Buffer.from(secret), `drbd/${nameKey(definition)}`)
      return wrapped === undefined ? undefined : { wrapped, fingerprint: fingerprintOf(secret) }
    },
    seal: sealFor,
    async found(passphrase) {
      const fresh = randomBytes(keyBytes)
      return { master: fresh, closed: await closeMaster(fresh, passphrase) }
    },
    async open(closed, passphrase) {
      const opened = await openMaster(closed, passphrase)
      return opened && { closed, master: opened }
    },
    close: (opened, passphrase) => closeMaster(opened.master, passphrase),
    adopt(opened) {
      master = opened.master
      seed = createHmac('sha256', master).update('varve sealing seed 1').digest()
      remembered.clear()
    },
  }
}

/** 32 letters: DRBD takes 64 at most. */
const secretBytes = 24

/** The same as the satellite's, which knows by it whether a file has the secret. */
function fingerprintOf(secret: string): string {
  return hash('sha256', secret, 'hex').slice(0, sealing.fingerprintDigits)
}

const lockedReason =
  'the cluster is locked: enter its passphrase with varve encryption enter-passphrase'
const damagedReason =
  'the master key does not open the key of this volume: give the volume its passphrase again, or restore it from a backup'

/** Binds a wrapped key to its resource: copied to another one it opens nothing. */
export function luksPurpose(definition: string): string {
  return `luks/${nameKey(definition)}`
}
