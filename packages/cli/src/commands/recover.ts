/** `varve log recover JOURNAL… --to FILE`: the longest valid chain of several journals, as a new one. */
import type { Contradiction, Recovery } from '@varve/controller/recover'
import type { Command } from 'commander'
import { exitCodes, type Session, type Task, UserError } from '../session.ts'

type Options = { readonly to?: string; readonly prefer?: string }

export function configure(command: Command, run: (task: Task) => void): void {
  command
    .option('--to <file>', 'the new journal; nothing may be there')
    .option('--prefer <journal>', 'the one that is right where they contradict each other')
    .action((journals: readonly string[], options: Options) =>
      run((session) => recover(session, journals, options)),
    )
}

async function recover(
  session: Session,
  paths: readonly string[],
  { to, prefer }: Options,
): Promise<number> {
  const { plan, output } = session.options
  if (!plan && to === undefined) {
    throw new UserError(
      'Look first with --plan, then say where the new journal is to be: --to FILE.',
    )
  }
  const preferred = prefer === undefined ? undefined : paths.indexOf(prefer)
  if (preferred === -1) throw new UserError(`${prefer} is none of the journals given.`)
  const { recoverChain, writeChain } = await import('@varve/controller/recover')
  const found = await recoverChain(paths, preferred).catch(unreadable)
  const { contradiction, chain } = found
  if (output === 'json') session.print(JSON.stringify(told(found), null, 2))
  else for (const line of lines(found)) session.print(line)
  if (contradiction) {
    session.printError(session.style('red', sentence(contradiction, paths)))
    session.printError(
      'Nothing was written. Look at both (varve log verify, varve bundle), then: --prefer JOURNAL',
    )
    return exitCodes.failed
  }
  if (plan || to === undefined) return exitCodes.done
  if (chain.length === 0) throw new UserError('Nothing was written: no block is whole.')
  const { hash } = await writeChain(found, to).catch(unreadable)
  if (output === 'table') {
    session.print(`${to} has ${chain.length} blocks; the last hash is ${hash}.`)
    session.print(
      'A controller that is started with it puts it into an empty stream, and never over another log.',
    )
  }
  return exitCodes.done
}

function lines({ journals, chain, setAside }: Recovery): string[] {
  const last = chain.at(-1)
  return [
    ...journals.map(({ path, lines: count, damaged, taken }) => {
      const faults = damaged.length === 0 ? '' : `; damaged: ${listed(damaged)}`
      return `${path}: ${count} lines, ${taken} of them in the chain${faults}`
    }),
    ...setAside.map(
      ({ sequence, hash }) =>
        `Block ${sequence} (${hash.slice(0, 12)}) was never acknowledged: another leader’s stands there.`,
    ),
    last === undefined
      ? 'No block is whole.'
      : `The longest chain has ${chain.length} blocks, up to term ${last.term} and hash ${last.hash}.`,
  ]
}

const mostListed = 10
function listed(numbers: readonly number[]): string {
  const rest = numbers.length - mostListed
  const text = numbers.slice(0, mostListed).join(', ')
  return rest > 0 ? `line ${text} and ${rest} more` : `line ${text}`
}

function sentence({ sequence, sides }: Contradiction, paths: readonly string[]): string {
  const named = sides.map(({ journals, blocks }) => {
    const names = journals.map((index) => paths[index]).join(', ')
    return `${blocks} block${blocks === 1 ? '' : 's'} in ${names}`
  })
  return `From block ${sequence} on they contradict each other: ${named.join(', and ')}.`
}

const told = ({ chain, ...found }: Recovery) => ({
  ...found,
  blocks: chain.length,
  hash: chain.at(-1)?.hash,
})

function unreadable(cause: unknown): never {
  if (!(cause instanceof Error)) throw cause
  throw new UserError(`Nothing was recovered: ${cause.message}.`, exitCodes.usage, cause)
}
