import type { Draft } from '../draft.ts'

/**
 * A DRBD generation id: 16 hex digits, lowest bit clear (DRBD keeps "was primary" in it), and
 * neither 0 nor 4, which mean "none" and "just created" (reference 3.4).
 */
export function newGeneration(draft: Draft): string {
  for (;;) {
    const random = draft.context.random64().toUpperCase()
    const last = Number.parseInt(random.slice(-1), 16) & ~1
    const value = `${random.slice(0, -1)}${last.toString(16).toUpperCase()}`
    if (!/^0{15}[04]$/.test(value)) return value
  }
}
