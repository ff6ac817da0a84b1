/** Choices that nothing but the seed decides. */
import type { Random } from '../random.ts'

export function pick<T>(random: Random, from: readonly T[]): T {
  const one = from[Math.floor(random.next() * from.length)]
  if (one === undefined) throw new Error('there is nothing to choose from')
  return one
}

export const chance = (random: Random, share: number): boolean => random.next() < share
