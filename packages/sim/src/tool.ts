/** What every imitated tool has in common: its argv in, its output out. */
import type { Machine } from './machine.ts'

export type Output = {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export type Call = {
  readonly machine: Machine
  /** Name it was called by: lvs is lvm by another name. */
  readonly name: string
  readonly args: readonly string[]
  readonly stdin: string
}

/** Most answer at once; those that wait (`drbdsetup wait-connect-resource`) answer later. */
export type Tool = (call: Call) => Output | Promise<Output>

export const ok = (stdout = '', stderr = ''): Output => ({ code: 0, stdout, stderr })

/** A failure with its message on standard error, each line ended. */
export const fail = (code: number, stderr: string, stdout = ''): Output => ({
  code,
  stdout,
  stderr: stderr === '' || stderr.endsWith('\n') ? stderr : `${stderr}\n`,
})

export type Options = {
  /** Values by the first spelling of the option; a flag has the empty value. */
  readonly values: ReadonlyMap<string, readonly string[]>
  readonly words: readonly string[]
  /** First option that the table does not have. */
  readonly unknown: string | undefined
}

/**
 * Reads an argv as getopt does. `table` maps every spelling to `[first spelling, takes a value]`;
 * `--a=b`, `--a b`, `-ab` and `-a b` are the same, `--` ends options.
 */
export function readOptions(args: readonly string[], table: OptionTable): Options {
  const values = new Map<string, string[]>()
  const words: string[] = []
  const put = (name: string, value: string) => {
    const list = values.get(name)
    if (list) list.push(value)
    else values.set(name, [value])
  }
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? ''
    if (arg === '--')
      return { values, words: [...words, ...args.slice(at + 1)], unknown: undefined }
    if (!arg.startsWith('-') || arg === '-') {
      words.push(arg)
      continue
    }
    const equals = arg.startsWith('--') ? arg.indexOf('=') : -1
    const spelled = equals > 0 ? arg.slice(0, equals) : arg
    const long = table.get(spelled)
    if (long) {
      const value = equals > 0 ? arg.slice(equals + 1) : long.takesValue ? (args[++at] ?? '') : ''
      put(long.name, value)
      continue
    }
    const short = arg.startsWith('--') ? undefined : table.get(arg.slice(0, 2))
    if (!short) return { values, words, unknown: arg }
    put(short.name, short.takesValue ? arg.slice(2) : '')
    // A flag may be followed by others in one word: -lnp.
    if (!short.takesValue && arg.length > 2) {
      const rest = readOptions([`-${arg.slice(2)}`], table)
      if (rest.unknown) return { values, words, unknown: arg }
      for (const [name, list] of rest.values) for (const value of list) put(name, value)
    }
  }
  return { values, words, unknown: undefined }
}

export type OptionTable = ReadonlyMap<
  string,
  { readonly name: string; readonly takesValue: boolean }
>

/** `optionTable('-n|--name=', '-y|--yes')`: spellings by bar, a value by the sign at the end. */
export function optionTable(...specs: readonly string[]): OptionTable {
  const table = new Map<string, { name: string; takesValue: boolean }>()
  for (const spec of specs) {
    const takesValue = spec.endsWith('=')
    const spellings = (takesValue ? spec.slice(0, -1) : spec).split('|')
    for (const spelling of spellings) table.set(spelling, { name: spellings[0] ?? '', takesValue })
  }
  return table
}

/** Last value of an option, as most tools have it. */
export const option = (options: Options, name: string): string | undefined =>
  options.values.get(name)?.at(-1)
