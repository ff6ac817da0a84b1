/** The secret arguments of a command: their options, and how they are read when it runs. */
import { commands, type PublicCommandType, secretFieldsOf } from '@varve/events'
import type { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../session.ts'
import type { SecretSource } from './source.ts'

type Field = {
  readonly name: string
  readonly option: string
  /** In words: `old passphrase`. */
  readonly label: string
  readonly isList: boolean
  readonly isRequired: boolean
}

function fieldsOf(type: PublicCommandType): Field[] {
  const shape: Readonly<Record<string, unknown>> = commands[type].shape
  return secretFieldsOf(type).map((name) => {
    const schema = shape[name]
    const isRequired = !(schema instanceof z.ZodOptional)
    const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema
    const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    const option = `${words.replaceAll(' ', '-')}-file`
    return { name, option, label: words, isList: inner instanceof z.ZodArray, isRequired }
  })
}

export function addSecretOptions(command: Command, type: PublicCommandType): void {
  for (const { option, label, isList, isRequired } of fieldsOf(type)) {
    const one = isList ? `the ${label}, one a line` : `the ${label}`
    const otherwise = isRequired ? '; else it is asked for or read from standard input' : ''
    command.option(`--${option} <file>`, `file that holds ${one}; - is standard input${otherwise}`)
  }
}

/**
 * Values of the secret arguments. Without a file, a terminal is asked; without a terminal,
 * standard input has them, one a line, in the order of the command's arguments.
 */
export async function readSecrets(
  type: PublicCommandType,
  options: Readonly<Record<string, unknown>>,
  source: SecretSource,
): Promise<Record<string, unknown>> {
  const secrets: Record<string, unknown> = {}
  const unread: Field[] = []
  for (const field of fieldsOf(type)) {
    const path = options[camel(field.option)]
    if (typeof path === 'string') secrets[field.name] = await readField(field, path, source)
    else if (field.isRequired) unread.push(field)
  }
  if (unread.length === 0) return secrets
  if (source.ask === undefined) return { ...secrets, ...(await readInput(unread, source)) }
  const hasNew = type === 'encryption.create-passphrase'
  for (const { name, label } of unread) {
    secrets[name] = await askFor(label, hasNew || label.startsWith('new'), source.ask)
  }
  return secrets
}

async function readField(field: Field, path: string, source: SecretSource): Promise<unknown> {
  const text = await source.read(path).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new UserError(`The ${field.label} cannot be read: ${why}`)
  })
  return field.isList ? linesOf(text) : withoutNewline(text)
}

async function readInput(fields: readonly Field[], source: SecretSource) {
  const lines = linesOf(await source.read('-'))
  if (lines.length !== fields.length) {
    const wanted = fields.map(({ label }) => label).join(', ')
    throw new UserError(
      `Standard input has ${lines.length} lines; wanted: ${wanted}, one line each.`,
    )
  }
  return Object.fromEntries(fields.map(({ name }, index) => [name, lines[index]]))
}

async function askFor(
  label: string,
  isTwice: boolean,
  ask: NonNullable<SecretSource['ask']>,
): Promise<string> {
  const first = await ask(`${label}: `)
  if (isTwice && (await ask(`${label}, again: `)) !== first) {
    throw new UserError('The two are not the same; nothing was sent.')
  }
  return first
}

/** Editors end a file with a newline; it is no part of the passphrase. */
const withoutNewline = (text: string) => text.replace(/\r?\n$/, '')
const linesOf = (text: string) => (text === '' ? [] : withoutNewline(text).split(/\r?\n/))
const camel = (flag: string) =>
  flag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
