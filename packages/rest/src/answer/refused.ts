/** A controller's refusal → LINSTOR's code for it. */
import { type RefusalReply, refusals } from '@varve/events'
import { type Code, codes } from './codes.ts'
import type { Entry } from './entry.ts'

/** Codes that LINSTOR has one of for each kind of object. */
const missing: Readonly<Record<string, Code>> = {
  node: 'FAIL_NOT_FOUND_NODE',
  'net interface': 'FAIL_NOT_FOUND_NET_IF',
  'storage pool': 'FAIL_NOT_FOUND_STOR_POOL',
  'storage pool definition': 'FAIL_NOT_FOUND_STOR_POOL_DFN',
  'resource group': 'FAIL_NOT_FOUND_RSC_GRP',
  'volume group': 'FAIL_NOT_FOUND_VLM_GRP',
  'resource definition': 'FAIL_NOT_FOUND_RSC_DFN',
  'volume definition': 'FAIL_NOT_FOUND_VLM_DFN',
  resource: 'FAIL_NOT_FOUND_RSC',
  volume: 'FAIL_NOT_FOUND_VLM',
  snapshot: 'FAIL_NOT_FOUND_SNAPSHOT_DFN',
  'key-value store': 'FAIL_NOT_FOUND_KVS',
  'external file': 'FAIL_NOT_FOUND_EXT_FILE',
  remote: 'FAIL_NOT_FOUND_REMOTE',
  schedule: 'FAIL_NOT_FOUND_SCHEDULE',
}
const taken: Readonly<Record<string, Code>> = {
  node: 'FAIL_EXISTS_NODE',
  'net interface': 'FAIL_EXISTS_NET_IF',
  'storage pool': 'FAIL_EXISTS_STOR_POOL',
  'storage pool definition': 'FAIL_EXISTS_STOR_POOL_DFN',
  'resource group': 'FAIL_EXISTS_RSC_GRP',
  'volume group': 'FAIL_EXISTS_VLM_GRP',
  'resource definition': 'FAIL_EXISTS_RSC_DFN',
  'resource definition with the external name': 'FAIL_EXISTS_EXT_NAME',
  'volume definition': 'FAIL_EXISTS_VLM_DFN',
  resource: 'FAIL_EXISTS_RSC',
  volume: 'FAIL_EXISTS_VLM',
  snapshot: 'FAIL_EXISTS_SNAPSHOT_DFN',
  remote: 'FAIL_EXISTS_REMOTE',
  schedule: 'FAIL_EXISTS_SCHEDULE',
}

export function refusedEntry(refusal: RefusalReply): Entry {
  const { message, remedy, details } = refusal
  return {
    code: codeOf(refusal),
    message,
    ...(remedy === undefined ? {} : { correction: remedy }),
    ...(details === undefined ? {} : { details: details.join('\n') }),
  }
}

function missingCode(noun: string): Code {
  return missing[noun] ?? 'FAIL_INVLD_REQUEST'
}

function codeOf({ code, noun = '' }: RefusalReply): Code {
  const name = Object.hasOwn(refusals, code)
    ? // Looked for just above: it is a row of the table.
      refusals[code as keyof typeof refusals].linstor
    : 'FAIL_UNKNOWN_ERROR'
  if (name === 'FAIL_NOT_FOUND') return missingCode(noun.toLowerCase())
  if (name === 'FAIL_EXISTS') return taken[noun.toLowerCase()] ?? 'FAIL_INVLD_REQUEST'
  return isCode(name) ? name : 'FAIL_UNKNOWN_ERROR'
}

/** A test goes through the table of refusals: each of them has a code of LINSTOR's. */
export function isCode(name: string): name is Code {
  return Object.hasOwn(codes, name)
}
