/** Where something that held has failed: looks at moments in order, ever closer ones. */

export type Look = { readonly sequence: number; readonly holds: boolean }

/** Moments that are looked at in one round; between the last good and the first bad it goes on. */
const looksInRound = 16

/**
 * A moment at which it fails, the one before which it held; `end` when it is never seen to fail. For
 * what never comes back it is the first; what comes and goes between two looks may be missed. In
 * each round moments follow each other, since going on in the log is cheap and going back is not.
 */
export async function firstFailing<L extends Look>(
  look: (sequence: number) => Promise<L>,
  begin: L,
  end: L,
  onRound: (left: number) => void = () => {},
): Promise<L> {
  let [good, bad] = [begin, end]
  do {
    const step = Math.max(1, Math.floor((bad.sequence - good.sequence) / looksInRound))
    onRound(bad.sequence - good.sequence)
    const last = bad.sequence
    for (let at = good.sequence + step; at < last; at += step) {
      const seen = await look(at)
      if (!seen.holds) {
        bad = seen
        break
      }
      good = seen
    }
    // Good all along, up to a good end.
    if (bad.holds) return end
  } while (bad.sequence - good.sequence > 1)
  return bad
}
