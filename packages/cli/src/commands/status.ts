/** `varve status`: where the cluster stands. */
import type { Command } from 'commander'
import { renderTree } from '../output/tree.ts'
import type { Task } from '../session.ts'
import { askAndPrint } from './ask.ts'

export function configure(command: Command, _: unknown, run: (task: Task) => void): void {
  command.action(() => {
    run((session) => askAndPrint(session, 'status', {}, (data: object) => renderTree(data)))
  })
}
