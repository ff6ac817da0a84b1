/** `varve encryption status`: whether encrypted volumes can be opened. */
import type { Command } from 'commander'
import type { Task } from '../session.ts'
import { askAndPrint } from './ask.ts'

type Status = { readonly status: 'unset' | 'locked' | 'unlocked'; readonly volumes: number }

const meaning = {
  unset: 'no passphrase has been created: varve encryption create-passphrase',
  locked: 'encrypted volumes cannot be made or opened: varve encryption enter-passphrase',
  unlocked: 'encrypted volumes can be made and opened',
} as const

export function configure(command: Command, _: unknown, run: (task: Task) => void): void {
  command.action(() => {
    run((session) =>
      askAndPrint(session, 'encryption', {}, ({ status, volumes }: Status) => [
        `${status}: ${meaning[status]}`,
        `encrypted volume definitions: ${volumes}`,
      ]),
    )
  })
}
