/** Sizes are KiB integers everywhere inside; text with a unit exists only at the edge. */

const binary: Readonly<Record<string, number>> = {
  '': 1024,
  B: 1,
  K: 1024,
  KIB: 1024,
  M: 1024 ** 2,
  MIB: 1024 ** 2,
  G: 1024 ** 3,
  GIB: 1024 ** 3,
  T: 1024 ** 4,
  TIB: 1024 ** 4,
  P: 1024 ** 5,
  PIB: 1024 ** 5,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  PB: 1e15,
}

/**
 * Size as a person writes it → KiB, rounded up. `10G` and `10GiB` are binary, `10GB` is decimal,
 * a bare number is KiB (as LINSTOR's client has it for its REST bodies).
 * Undefined when the text is no size.
 */
export function parseSizeKib(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*$/.exec(text)
  const unit = match ? binary[(match[2] ?? '').toUpperCase()] : undefined
  if (!match || unit === undefined) return undefined
  const kib = Math.ceil((Number(match[1]) * unit) / 1024)
  return Number.isSafeInteger(kib) ? kib : undefined
}

const steps = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** KiB → the shortest text with two decimals at most: `10 GiB`, `1.5 MiB`. */
export function formatKib(kib: number): string {
  let value = kib
  let step = 0
  while (Math.abs(value) >= 1024 && step < steps.length - 1) {
    value /= 1024
    step += 1
  }
  return `${Number(value.toFixed(2))} ${steps[step]}`
}

/** Two sizes that are compared: in KiB where two decimals would make them look the same. */
export function toldApart(one: number, other: number): readonly [string, string] {
  const short = [formatKib(one), formatKib(other)] as const
  return one !== other && short[0] === short[1] ? [`${one} KiB`, `${other} KiB`] : short
}

/** Rounds up to a multiple of `unit` (both KiB). */
export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit
}
