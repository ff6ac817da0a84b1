/** One object, or its properties, with everything that is known. */
import type { Command } from 'commander'
import { readPositionals } from '../arguments/positionals.ts'
import { renderTree } from '../output/tree.ts'
import type { Task } from '../session.ts'
import type { ShowVerb } from '../verb.ts'
import { askAndPrint } from './ask.ts'

export function configure(command: Command, verb: ShowVerb, run: (task: Task) => void): void {
  command.action((...words: unknown[]) => {
    const [args = {}] = readPositionals(verb.positionals ?? [], words)
    if (verb.query === 'properties') {
      const object = [verb.noun, ...Object.values(args).map(String)].join('/')
      run((session) => askAndPrint(session, 'properties', { object }, propertyLines))
    } else {
      run((session) => askAndPrint(session, verb.query, args, (data: object) => renderTree(data)))
    }
  })
}

function propertyLines({ props }: { readonly props: Readonly<Record<string, string>> }): string[] {
  return Object.entries(props)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key} = ${value}`)
}
