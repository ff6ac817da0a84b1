/**
 * Encryption at rest: the master key under a passphrase (scrypt), everything else under the master
 * key. AES-256-GCM throughout, so a wrong key and a flipped bit are told apart from a right one.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'

export const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const saltBytes = 16

/**
 * OWASP's scrypt setting with 32 MiB of memory and three passes: some 300 ms of one core. Stored
 * beside the salt, so that a later release may ask for more without breaking what exists.
 */
const cost = { N: 2 ** 15, r: 8, p: 3 } as const
/** What a stored setting may ask for: the log is trusted, but a typo must not eat the machine. */
const mostMemory = 1024 ** 3

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt)

/** `aad`: what the ciphertext belongs to; it opens nowhere else. Base64 of nonce, text and tag. */
export function wrap(key: Buffer, text: Buffer, aad: string): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(aad))
  const body = Buffer.concat([cipher.update(text), cipher.final()])
  return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64')
}

/** Undefined: another key, another `aad`, or a damaged text. */
export function unwrap(key: Buffer, wrapped: string, aad: string): Buffer | undefined {
  const bytes = Buffer.from(wrapped, 'base64')
  if (bytes.length < nonceBytes + tagBytes) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAAD(Buffer.from(aad)).setAuthTag(bytes.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()])
  } catch {
    return undefined
  }
}

/** The master key under a passphrase: `scrypt$N$r$p$salt$ciphertext`. */
export async function closeMaster(master: Buffer, passphrase: string): Promise<string> {
  const salt = randomBytes(saltBytes)
  const key = await deriveKey(passphrase, salt, cost)
  const head = headOf(cost, salt.toString('base64'))
  return `${head}$${wrap(key, master, head)}`
}

/** The master key; undefined when it is not the passphrase, or the text is damaged. */
export async function openMaster(closed: string, passphrase: string): Promise<Buffer | undefined> {
  const [name, N, r, p, salt = '', wrapped = ''] = closed.split('$')
  const setting = { N: Number(N), r: Number(r), p: Number(p) }
  if (name !== 'scrypt' || !isPossible(setting)) return undefined
  const key = await deriveKey(passphrase, Buffer.from(salt, 'base64'), setting)
  return unwrap(key, wrapped, headOf(setting, salt))
}

type Setting = { readonly N: number; readonly r: number; readonly p: number }

const headOf = ({ N, r, p }: Setting, salt: string) => `scrypt$${N}$${r}$${p}$${salt}`

function isPossible({ N, r, p }: Setting): boolean {
  const isPower = Number.isSafeInteger(Math.log2(N)) && N > 1
  return isPower && r >= 1 && p >= 1 && p <= 64 && 128 * N * r <= mostMemory
}

/** On a thread of libuv's pool: the leader's loop goes on. */
function deriveKey(passphrase: string, salt: Buffer, { N, r, p }: Setting): Promise<Buffer> {
  // NFKC: the same letters typed on another keyboard are the same passphrase.
  return derive(passphrase.normalize('NFKC'), salt, keyBytes, {
    N,
    r,
    p,
    maxmem: 256 * N * r,
  })
}
