/** Tokens themselves: made here, told once, and known by their hash from then on. */
import { hash, randomInt } from 'node:crypto'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** LINSTOR's: 190 bits, so that a plain hash of it cannot be guessed back. */
const length = 32

export function newToken(): { readonly token: string; readonly tokenHash: string } {
  const token = Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
  return { token, tokenHash: tokenHashOf(token) }
}

/** SHA-256 in hexadecimal digits. */
export function tokenHashOf(token: string): string {
  return hash('sha256', token, 'hex')
}
