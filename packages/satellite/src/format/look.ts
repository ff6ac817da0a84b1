/** Reads what planning needs to know: who is Primary because of us, and the numbers of accounts. */
import type { DesiredResource } from '@varve/events'
import type { Account } from '../core/inventory.ts'
import type { Host } from '../host/host.ts'
import { suspensionDirectory } from '../snapshots/marker.ts'
import { type LookOptions, problemOf } from '../storage/look.ts'
import {
  type AccountKind,
  accountKey,
  borrowedSuffix,
  isNumber,
  type WantedAccounts,
} from './names.ts'

/** Names of resources; without a process. */
export async function readBorrowed(host: Host): Promise<Set<string>> {
  const names = await host.list(suspensionDirectory)
  const ours = names.filter((name) => name.endsWith(borrowedSuffix))
  return new Set(ours.map((name) => name.slice(0, -borrowedSuffix.length)))
}

/** Those that a volume which has no file system yet is to belong to, each once; numbers are known. */
export function accountsOf(documents: Iterable<DesiredResource>): WantedAccounts {
  const found = new Map<string, WantedAccounts[number]>()
  const want = (kind: AccountKind, name: string | undefined) => {
    if (name !== undefined && !isNumber(name)) found.set(accountKey(kind, name), { kind, name })
  }
  for (const document of documents) {
    if (document.state !== 'present') continue
    for (const { format } of document.volumes) {
      want('passwd', format?.user)
      want('group', format?.group)
    }
  }
  return [...found.values()]
}

/** getent also knows those that no file of this machine has. Nothing wanted: no process. */
export async function lookUpAccounts(
  host: Host,
  wanted: WantedAccounts,
  options: LookOptions,
): Promise<Map<string, Account>> {
  const found = await Promise.all(
    wanted.map(async ({ kind, name }) => {
      // `--`: a name is whatever a user typed.
      const result = await host.run(['getent', '--', kind, name], options)
      const key = accountKey(kind, name)
      if (result.exitCode === 2) return [key, { problem: 'there is none of this name' }] as const
      const number = /^[^:]*:[^:]*:(\d+):/.exec(result.exitCode === 0 ? result.stdout : '')?.[1]
      const account = number === undefined ? { problem: problemOf(result) } : Number(number)
      return [key, account] as const
    }),
  )
  return new Map(found)
}
