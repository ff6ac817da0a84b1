/**
 * A page of the guide as a play. Blocks of ```console hold what is typed: `$ …` by the operator,
 * `n1# …` as root on a machine, and below it what comes of it. Comments that no reader sees,
 * `<!-- scene: … -->` and `<!-- $ … -->`, set the scene and say what happens to machines.
 */

export type Act =
  | { readonly kind: 'scene'; readonly text: string }
  | {
      readonly kind: 'command'
      /** The machine that it is typed on; undefined: wherever the operator sits. */
      readonly machine: string | undefined
      readonly line: string
      /** Lines that are shown below it; `…` stands for anything. */
      readonly shown: readonly string[]
      readonly isRefused: boolean
    }

const fence = /^```(.*)$/
const prompt = /^(?:\$|(\w+)#) (.+)$/

export function readPage(text: string): Act[] {
  const acts: Act[] = []
  let block: string | undefined
  let shown: string[] = []
  for (const line of text.split('\n')) {
    const edge = fence.exec(line)
    if (edge) {
      block = block === undefined ? edge[1] : undefined
      shown = []
      if (block !== undefined && !/^console( refused)?$/.test(block)) {
        throw new Error(`a block is ${block || 'of no kind'}, so nobody would run it: ${line}`)
      }
      continue
    }
    if (block === undefined) acts.push(...hidden(line))
    else {
      const typed = prompt.exec(line)
      if (typed) {
        shown = []
        acts.push({
          kind: 'command',
          machine: typed[1],
          line: typed[2] ?? '',
          shown,
          isRefused: block.endsWith('refused'),
        })
      } else if (line.trim() !== '') shown.push(line.trim())
    }
  }
  return acts
}

function hidden(line: string): Act[] {
  const scene = /^<!-- scene: (.+) -->$/.exec(line)?.[1]
  if (scene !== undefined) return [{ kind: 'scene', text: scene }]
  const command = /^<!-- \$ (.+) -->$/.exec(line)?.[1]
  if (command === undefined) return []
  return [{ kind: 'command', machine: undefined, line: command, shown: [], isRefused: false }]
}

/** Commands that the prose names: `varve health`. */
export function namedCommands(text: string): string[] {
  return [...text.matchAll(/`(varve [^`]+)`/g)].map(([, command]) => command ?? '')
}

/** Whether the shown lines are among the printed ones, in their order; blanks do not matter. */
export function firstNotPrinted(shown: readonly string[], printed: string): string | undefined {
  const lines = printed.split('\n').map((line) => line.trim())
  let from = 0
  for (const wanted of shown) {
    const pattern = patternOf(wanted)
    const at = lines.findIndex((line, index) => index >= from && pattern.test(line))
    if (at < 0) return wanted
    from = at + 1
  }
  return undefined
}

function patternOf(shown: string): RegExp {
  const parts = shown.split(/\s*…\s*/).map((part) => {
    const escaped = part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    return escaped.replaceAll(/\s+/g, '\\s+')
  })
  return new RegExp(`^${parts.join('.*')}$`)
}
