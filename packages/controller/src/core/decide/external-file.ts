/** External files: kept whole in the log, named by properties of the definitions that have them. */
import {
  type Args,
  bytesOf,
  definitionOf,
  fileKey,
  fileLimits,
  type Refusal,
  refer,
  refuse,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { deleteProperty, setProperty } from './property.ts'
import { missing } from './require.ts'

export function modifyFile(
  draft: Draft,
  { file, ...given }: Args<'external-file.modify'>,
): Refusal | undefined {
  const before = draft.state.externalFiles.get(file)
  const content = given.content ?? before?.content ?? ''
  const altSuffixes = given.altSuffixes ?? [...(before?.altSuffixes ?? [])]
  const problem = tooMuch(draft, file, bytesOf(content))
  if (problem !== undefined) return refuse('invalid-arguments', { subject: file, problem })
  const isSame =
    before?.content === content && before.altSuffixes.join('\n') === altSuffixes.join('\n')
  if (!isSame) draft.record({ type: 'external-file.written', file, content, altSuffixes })
  return undefined
}

function tooMuch({ state }: Draft, file: string, bytes: number): string | undefined {
  if (bytes > fileLimits.bytes) {
    return `a file has at most ${fileLimits.bytes} bytes, this one has ${bytes}`
  }
  let total = bytes
  for (const row of state.externalFiles.values()) {
    if (row.path !== file) total += bytesOf(row.content)
  }
  if (total <= fileLimits.totalBytes) return undefined
  return `all files together have at most ${fileLimits.totalBytes} bytes, and would have ${total}`
}

export function deleteFile(draft: Draft, { file }: Args<'external-file.delete'>) {
  const { state } = draft
  if (!state.externalFiles.has(file)) return missing('external file', file)
  for (const row of state.definitions.by('hasFiles', 'yes')) {
    deleteProperty(draft, refer('resource-definition', row.name), fileKey(file))
  }
  draft.record({ type: 'external-file.deleted', file })
  return undefined
}

export function deployFile(
  draft: Draft,
  { file, definition }: Args<'external-file.deploy'>,
): Refusal | undefined {
  const row = definitionOf(draft.state, definition)
  if (!row) return missing('resource definition', definition)
  if (!draft.state.externalFiles.has(file)) return missing('external file', file)
  setProperty(draft, refer('resource-definition', row.name), fileKey(file), 'True')
  return undefined
}

export function undeployFile(
  draft: Draft,
  { file, definition }: Args<'external-file.undeploy'>,
): Refusal | undefined {
  const row = definitionOf(draft.state, definition)
  if (!row) return missing('resource definition', definition)
  deleteProperty(draft, refer('resource-definition', row.name), fileKey(file))
  return undefined
}
