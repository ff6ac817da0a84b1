import type { Draft } from '../draft.ts'

/**
 * A DRBD generation id: 16 hex digits, lowest bit clear (DRBD keeps "was primary" in it), and
 * neither 0 nor 4, which mean "none" and "just created" (reference 3.4).
 */
export function newGeneration(draft: Draft): string {
  for (;;) {
    const value = BigInt(`0x${draft.context.random64()}`) & ~1n
    if (value !== 0n && value !== 4n) return value.toString(16).padStart(16, '0').toUpperCase()
  }
}
