/** `varve what-if lose node n1`, `what-if drain n1`, `what-if add 2T`; `varve why-not n1 web`. */
import { formatKib } from '@varve/events'
import type { ToldProspect, WhyNot } from '@varve/projections'
import { type Command, InvalidArgumentError } from 'commander'
import { readSize } from '../arguments/values.ts'
import type { Session, Task } from '../session.ts'
import type { OwnVerb } from '../verb.ts'
import { askAndPrint } from './ask.ts'

const losses = ['node', 'zone', 'pool'] as const

export function configure(command: Command, verb: OwnVerb, run: (task: Task) => void): void {
  if (verb.noun === 'why-not') {
    configureWhyNot(command, run)
    return
  }
  const ask = (change: string, of: readonly string[], addKib: number | undefined) => {
    const args = { change, of: of.join(','), ...(addKib === undefined ? {} : { addKib }) }
    run((session) =>
      askAndPrint(session, 'what-if', args, (told: ToldProspect) => prospectLines(session, told)),
    )
  }
  if (verb.verb === 'add') {
    command.action((size: string) => ask('none', [], sizeOf(size)))
    return
  }
  command.option('--add <size>', 'with one more node whose pools have so much room', sizeOf)
  if (verb.verb === 'drain') {
    command.action((names: string[], { add }: { add?: number }) => ask('drain', names, add))
    return
  }
  command.action((kind: string, names: string[], { add }: { add?: number }) => {
    if (!losses.some((one) => one === kind)) {
      throw new InvalidArgumentError(`What is lost is a ${losses.join(', a ')}, not a ${kind}.`)
    }
    ask(`lose-${kind}`, names, add)
  })
}

function configureWhyNot(command: Command, run: (task: Task) => void): void {
  command
    .option('--group <name>', 'for a resource that this group would have')
    .option('--size <size>', 'of that resource', sizeOf)
    .action((node: string, definition: string | undefined, { group, size }: Spawn) => {
      const candidate =
        group === undefined ? { definition } : { group, ...(size ? { sizeKib: size } : {}) }
      run((session) => askAndPrint(session, 'why-not', { node, ...candidate }, whyNotLines))
    })
}

type Spawn = { readonly group?: string; readonly size?: number }

const sizeOf = (text: string): number => readSize(text)

function prospectLines(session: Session, told: ToldProspect): string[] {
  const { gone, affected, lost, withoutQuorum, placed, unplaced, copyKib, pools, total } = told
  const bad = (text: string) => session.style('red', text)
  const more = (key: keyof typeof total, shown: number) =>
    total[key] > shown ? [`  … and ${total[key] - shown} more`] : []
  const section = (key: keyof typeof total, title: string, lines: readonly string[]) =>
    lines.length === 0
      ? []
      : [title, ...lines.map((line) => `  ${line}`), ...more(key, lines.length)]
  const head =
    gone.length === 0
      ? 'With one more node:'
      : `Without ${gone.join(', ')}: ${affected} resource definition${affected === 1 ? '' : 's'} affected.`
  const isNothing = Object.values(total).every((count) => count === 0)
  return [
    head,
    ...section('lost', bad('The last good copy would go:'), lost),
    ...section(
      'withoutQuorum',
      bad('Quorum would be lost, and input and output with it:'),
      withoutQuorum.map(({ definition, left }) => `${definition}: left would be ${left}`),
    ),
    ...section(
      'unplaced',
      session.style('yellow', 'No other place:'),
      unplaced.map(({ definition, problem }) => `${definition}: ${problem}`),
    ),
    ...section(
      'placed',
      `Would be made anew (${formatKib(copyKib)} to copy):`,
      placed.map(
        (row) => `${row.definition} on ${row.node} (${row.pool}), ${formatKib(row.sizeKib)}`,
      ),
    ),
    ...pools.map(({ node, pool, addedKib, freeKib }) => {
      const room = freeKib === undefined ? 'room unknown' : `${formatKib(freeKib)} free now`
      return `  ${node}/${pool}: ${formatKib(addedKib)} more, ${room}`
    }),
    ...(isNothing ? ['Nothing would be lost, and nothing has to move.'] : []),
  ]
}

function whyNotLines({ node, verdicts, fits, fitting }: WhyNot): string[] {
  return [
    ...fits.map(
      ({ pool, rank, score }) =>
        `${node}/${pool} fits: number ${rank} of ${fitting}, score ${score.toFixed(3)}.`,
    ),
    ...verdicts.map(({ pool, rule, answer, reason }) => {
      const where = pool === undefined ? node : `${node}/${pool}`
      return `${where}: ${answer === 'never' ? 'never' : 'not now'}, rule ${rule}: ${reason}.`
    }),
    ...(fits.length + verdicts.length === 0 ? [`${node} has no storage pool for it.`] : []),
  ]
}
