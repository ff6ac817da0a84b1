/** Sizes as LVM's options read them and as its reports print them. */

const unitKib: Readonly<Record<string, number>> = {
  b: 1 / 1024,
  s: 1 / 2,
  k: 1,
  m: 1024,
  g: 1024 ** 2,
  t: 1024 ** 3,
  p: 1024 ** 4,
}

/** `8192k`, `10G`, `100` (mebibytes) → KiB; undefined when it is no size. */
export function readSize(text: string, defaultUnit = 'm'): number | undefined {
  const match = /^\+?(\d+(?:\.\d+)?)([bsBSkKmMgGtTpP]?)(?:i?[bB])?$/.exec(text)
  const factor = match && unitKib[(match[2] || defaultUnit).toLowerCase()]
  return match && factor ? Number(match[1]) * factor : undefined
}

export type Sizes = { readonly print: (kib: number) => string }

/** `--units k --nosuffix` → `102400.00`; without `--units`: `100.00m`, the unit that fits. */
export function sizePrinter(units: string, suffix: boolean): Sizes {
  const letter = units.toLowerCase()
  const factor = unitKib[letter]
  if (factor === undefined) return { print: (kib) => printFitting(kib, units === 'r', suffix) }
  const end = suffix ? (letter === 'b' ? 'B' : letter === 's' ? 'S' : letter) : ''
  const digits = letter === 'b' || letter === 's' ? 0 : 2
  return { print: (kib) => (kib === 0 ? `0${end}` : `${(kib / factor).toFixed(digits)}${end}`) }
}

/** `<1.08g`: the sign says that the figure was rounded up. */
function printFitting(kib: number, sign: boolean, suffix: boolean, names = 'kmgtp'): string {
  if (kib === 0) return '0'
  let value = kib
  let step = 0
  while (value >= 1024 && step < names.length - 1) {
    value /= 1024
    step += 1
  }
  const rounded = value.toFixed(2)
  const mark = sign && Number(rounded) > value ? '<' : ''
  return `${mark}${rounded}${suffix ? names[step] : ''}`
}

/** `100.00 MiB`, in messages. */
export function printLong(kib: number): string {
  const text = printFitting(kib, true, true)
  const letter = text.at(-1) ?? 'k'
  return `${text.slice(0, -1)} ${{ k: 'KiB', m: 'MiB', g: 'GiB', t: 'TiB', p: 'PiB' }[letter]}`
}
