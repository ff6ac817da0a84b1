/** At most `limit` jobs at the same time, first come, first served. */

export function createSlots(limit: number): <T>(job: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let busy = 0
  return async (job) => {
    if (busy >= limit) await new Promise<void>((resolve) => waiting.push(resolve))
    else busy += 1
    try {
      return await job()
    } finally {
      // The slot is handed over, not given back, so nobody can slip in between.
      const next = waiting.shift()
      if (next) next()
      else busy -= 1
    }
  }
}
