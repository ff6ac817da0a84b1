/** How long to wait after the n-th failed attempt: 1, 2, 4 … 60 s, without chance. */
const firstMs = 1_000
const lastMs = 60_000

export function backoffMs(attempts: number): number {
  return Math.min(lastMs, firstMs * 2 ** Math.max(0, Math.min(attempts, 10) - 1))
}
