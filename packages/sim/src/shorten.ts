/** The shortest list of steps that still breaks the same: halves are left out, then smaller parts. */
export async function shorten<S>(
  steps: readonly S[],
  /** Plays these. */
  isBroken: (fewer: readonly S[]) => Promise<boolean>,
  /** So many plays at most: what is short enough to be read by then is told. */
  mostPlays: number,
): Promise<readonly S[]> {
  let best = steps
  let plays = 0
  for (
    let size = Math.ceil(best.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let from = 0; from < best.length; ) {
      if (plays === mostPlays) return best
      plays += 1
      const fewer = best.toSpliced(from, size)
      if (await isBroken(fewer)) best = fewer
      else from += size
    }
  }
  return best
}
