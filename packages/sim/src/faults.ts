/** Faults of tools: fail, hang until killed, act late, be missing. */
export type Fault = {
  /** First words of the argv that it strikes: `['lvcreate']`, `['drbdadm', 'adjust']`. */
  readonly argv: readonly string[]
  /** How many calls it strikes; absent: until it is lifted. */
  readonly times?: number
  readonly effect:
    | { readonly kind: 'fail'; readonly code: number; readonly stderr: string }
    /** Nothing happens and the caller kills it after its time limit. */
    | { readonly kind: 'hang' }
    /** The caller kills it after its time limit, yet the effect happens all the same. */
    | {
        readonly kind: 'late'
        readonly afterMs: number
        /** Instead of the caller's limit, where nobody wants to wait for that. */
        readonly limitMs?: number
      }
    /** Takes effect at once but answers late. */
    | { readonly kind: 'slow'; readonly ms: number }
    | { readonly kind: 'missing' }
    /** Does its work and then says that it failed. */
    | { readonly kind: 'lie'; readonly code: number; readonly stderr: string }
}

export type FaultTable = {
  readonly add: (fault: Fault) => () => void
  readonly clear: () => void
  /** Whether the next such call would be struck. */
  readonly strikes: (argv: readonly string[]) => boolean
  /** The fault that strikes this call, counted as used. */
  readonly strike: (argv: readonly string[]) => Fault['effect'] | undefined
}

export function createFaults(): FaultTable {
  const faults: { fault: Fault; left: number }[] = []
  const matches = (fault: Fault, argv: readonly string[]) =>
    fault.argv.every((word, at) =>
      at === 0 ? word === argv[0]?.split('/').at(-1) : argv.includes(word),
    )
  return {
    add: (fault) => {
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY }
      faults.push(entry)
      return () => {
        const at = faults.indexOf(entry)
        if (at >= 0) faults.splice(at, 1)
      }
    },
    clear: () => {
      faults.length = 0
    },
    strikes: (argv) => faults.some((each) => each.left > 0 && matches(each.fault, argv)),
    strike: (argv) => {
      if (faults.length === 0) return undefined
      const entry = faults.find((each) => each.left > 0 && matches(each.fault, argv))
      if (!entry) return undefined
      entry.left -= 1
      return entry.fault.effect
    },
  }
}
