/**
 * The door that secrets come in by. A passphrase is tried and a key is wrapped here, before the
 * command is decided: what goes on to the rules, the log and the replies is ciphertext.
 */
import {
  type Command,
  type CommandReply,
  isRefusal,
  type Refusal,
  refuse,
  remoteContext,
  type State,
  secretFieldsOf,
  webhookContext,
} from '@varve/events'
import type { Job } from '../lead/sequencer.ts'
import { refusedReply } from '../serve/reply.ts'
import { luksPurpose, type Opened, type Vault } from './vault.ts'

type Protected = {
  readonly args: Readonly<Record<string, unknown>>
  /** What the command makes the open master key, once it is stored. */
  readonly opened?: Opened
  /** True: the rules may need the open key while they decide. */
  readonly isEarly?: true
}

export function protectSecrets(options: {
  readonly vault: Vault
  readonly state: () => State
  readonly submit: (job: Job) => void
  /** The key is open here, but the log says so of another leader's: it was told and not heard. */
  readonly onReopened: () => void
  readonly onBug: (error: unknown) => void
}): (job: Job) => void {
  const { vault, state, submit, onReopened, onBug } = options

  async function pass(job: Job): Promise<void> {
    const { request, answer } = job
    const made = await protect(vault, state(), request.command)
    if (isRefusal(made)) {
      answer?.(refusedReply(request.id, state().position.sequence, made))
      return
    }
    const { opened } = made
    const isReal = opened !== undefined && job.plan !== true
    if (isReal && made.isEarly) vault.adopt(opened)
    submit({
      ...job,
      // The same type as before; only its secrets have become ciphertext.
      request: { ...request, command: { type: request.command.type, args: made.args } as Command },
      answer: (reply: CommandReply) => {
        // Only what now stands in the log: the same command sent twice has made two keys.
        const isCurrent = opened?.closed === state().encryption.get('')?.master
        if (isReal && reply.ok && isCurrent) vault.adopt(opened)
        if (isReal && reply.ok && reply.repeated && made.isEarly) onReopened()
        answer?.(reply)
      },
    })
  }

  return (job) => {
    const { request, answer } = job
    if (secretFieldsOf(request.command.type).length === 0) {
      submit(job)
      return
    }
    pass(job).catch((error: unknown) => {
      onBug(error)
      const problem = 'a secret could not be encrypted'
      answer?.(refusedReply(request.id, 0, refuse('internal-error', { problem })))
    })
  }
}

async function protect(vault: Vault, state: State, command: Command): Promise<Protected | Refusal> {
  const args: Readonly<Record<string, unknown>> = command.args
  const fields = secretFieldsOf(command.type)
  const forged = fields.find((field) => !isText(args[field]))
  if (forged !== undefined) {
    const problem = 'a passphrase is given as text'
    return refuse('invalid-arguments', { subject: forged, problem })
  }
  const closed = state.encryption.get('')?.master
  if (command.type === 'encryption.create-passphrase') return found(vault, args)
  if (command.type === 'encryption.modify-passphrase') return modify(vault, args, closed)
  if (command.type === 'encryption.enter-passphrase') return enter(vault, args, closed)
  return wrapAll(vault, args, fields, closed)
}

async function found(vault: Vault, args: Protected['args']): Promise<Protected> {
  const opened = await vault.found(String(args.passphrase))
  return { args: { passphrase: { wrapped: opened.closed } }, opened }
}

async function enter(
  vault: Vault,
  args: Protected['args'],
  closed: string | undefined,
): Promise<Protected | Refusal> {
  const opened = await tryOpen(vault, closed, String(args.passphrase))
  if (isRefusal(opened)) return opened
  // Documents are compiled as soon as the command is decided, and are to have their keys then.
  return { args: { passphrase: { wrapped: opened.closed } }, opened, isEarly: true }
}

async function modify(
  vault: Vault,
  args: Protected['args'],
  before: string | undefined,
): Promise<Protected | Refusal> {
  const old = await tryOpen(vault, before, String(args.oldPassphrase))
  if (isRefusal(old)) return old
  const closed = await vault.close(old, String(args.newPassphrase))
  return {
    args: { oldPassphrase: { wrapped: old.closed }, newPassphrase: { wrapped: closed } },
    opened: { closed, master: old.master },
  }
}

async function tryOpen(
  vault: Vault,
  closed: string | undefined,
  passphrase: string,
): Promise<Opened | Refusal> {
  if (closed === undefined) {
    return refuse('no-passphrase', {}, 'Create one: varve encryption create-passphrase')
  }
  return (await vault.open(closed, passphrase)) ?? refuse('wrong-passphrase')
}

/** Passphrases that a user chose for volumes of one definition, or the keys of a remote. */
function wrapAll(
  vault: Vault,
  args: Protected['args'],
  fields: readonly string[],
  closed: string | undefined,
): Protected | Refusal {
  const given = fields.filter((field) => args[field] !== undefined)
  if (given.length === 0) return { args }
  if (closed === undefined) {
    return refuse('no-passphrase', {}, 'Create one: varve encryption create-passphrase')
  }
  if (!vault.isUnlocked) return refuse('locked', {}, 'Enter it: varve encryption enter-passphrase')
  const one = (text: unknown) => ({
    wrapped: vault.wrapText(String(text), contextOf(args)) ?? '',
  })
  const wrapped = given.map((field) => {
    const value = args[field]
    return [field, Array.isArray(value) ? value.map(one) : one(value)] as const
  })
  return { args: { ...args, ...Object.fromEntries(wrapped) } }
}

function contextOf({ remote, webhook, definition }: Protected['args']): string {
  if (webhook !== undefined) return webhookContext(String(webhook))
  return remote === undefined ? luksPurpose(String(definition)) : remoteContext(String(remote))
}

function isText(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((one) => typeof one === 'string')
  return value === undefined || typeof value === 'string'
}
