/**
 * The one table of refusals: code → kind (exit code, HTTP status), LINSTOR's return code and the
 * sentence. A refusal is a value; what it says names the measured and the required.
 */
import { formatKib, toldApart } from './units.ts'

/** Kinds of refusals and what each means to a shell script and to an HTTP client. */
export const refusalKinds = {
  invalid: { exitCode: 2, http: 400 },
  'not-found': { exitCode: 3, http: 404 },
  exists: { exitCode: 4, http: 409 },
  'in-use': { exitCode: 5, http: 409 },
  'not-enough': { exitCode: 6, http: 409 },
  unsupported: { exitCode: 7, http: 501 },
  conflict: { exitCode: 8, http: 409 },
  unavailable: { exitCode: 9, http: 503 },
} as const
export type RefusalKind = keyof typeof refusalKinds

type Row = { readonly kind: RefusalKind; readonly linstor: string; readonly text: string }

/** `{name}` in a text is filled from the refusal's fields; `{name:size}` is one in KiB. */
export const refusals = {
  'malformed-request': {
    kind: 'invalid',
    linstor: 'API_CALL_PARSE_ERROR',
    text: 'The request cannot be read: {problem}',
  },
  'unknown-version': {
    kind: 'invalid',
    linstor: 'API_CALL_PARSE_ERROR',
    text: 'The request has version {measured}; this controller speaks version {required}.',
  },
  'unknown-command': {
    kind: 'invalid',
    linstor: 'API_CALL_PARSE_ERROR',
    text: 'There is no command {subject}.',
  },
  'unknown-query': {
    kind: 'invalid',
    linstor: 'API_CALL_PARSE_ERROR',
    text: 'There is no query {subject}.',
  },
  'invalid-arguments': {
    kind: 'invalid',
    linstor: 'FAIL_INVLD_CONF',
    text: '{subject}: {problem}',
  },
  'invalid-size': {
    kind: 'invalid',
    linstor: 'FAIL_INVLD_VLM_SIZE',
    text: 'Volume size {shown} is outside {required}.',
  },
  'invalid-sizes': {
    kind: 'invalid',
    linstor: 'FAIL_INVLD_VLM_SIZES',
    text: '{measured} sizes were given, but resource group {subject} has {required} volume groups.',
  },
  'invalid-property': {
    kind: 'invalid',
    linstor: 'FAIL_INVLD_PROP',
    text: 'Property {subject}: {problem}',
  },
  'invalid-filter': {
    kind: 'invalid',
    linstor: 'FAIL_INVLD_PLACE_COUNT',
    text: 'Placement filter: {problem}',
  },
  'invalid-backing': {
    kind: 'invalid',
    linstor: 'FAIL_INVLD_STOR_DRIVER',
    text: 'Storage pool backing {measured} does not fit provider {subject}: {required}.',
  },
  'invalid-layers': {
    kind: 'invalid',
    linstor: 'FAIL_INVLD_LAYER_STACK',
    text: 'Layer stack {measured} is not possible: {problem}',
  },
  'not-found': {
    kind: 'not-found',
    linstor: 'FAIL_NOT_FOUND',
    text: 'There is no {noun} {subject}.',
  },
  'not-in-log': {
    kind: 'not-found',
    linstor: 'FAIL_NOT_FOUND',
    text: 'The log has no {subject}: it reaches from 1 to {measured}.',
  },
  'before-the-log': {
    kind: 'not-found',
    linstor: 'FAIL_NOT_FOUND',
    text: 'The log begins at {measured}, after {subject}.',
  },
  'no-default-pool': {
    kind: 'not-found',
    linstor: 'FAIL_NOT_FOUND_DFLT_STOR_POOL',
    text: 'Node {subject} has no storage pool {required}.',
  },
  'no-cache-pool': {
    kind: 'not-found',
    linstor: 'FAIL_NOT_FOUND_STOR_POOL',
    text: 'Layer {subject} needs a storage pool for its cache: property {required} names none.',
  },
  'key-in-use': {
    kind: 'exists',
    linstor: 'FAIL_EXISTS',
    text: 'The key given for {subject} is that of {holder} already.',
  },
  'last-admin': {
    kind: 'in-use',
    linstor: 'FAIL_IN_USE',
    text: '{subject} is the only admin: without one nobody could be let in any more.',
  },
  exists: { kind: 'exists', linstor: 'FAIL_EXISTS', text: 'There is a {noun} {subject} already.' },
  'nvme-target-exists': {
    kind: 'exists',
    linstor: 'FAIL_EXISTS_NVME_TARGET_PER_RSC_DFN',
    text: '{subject} has its NVMe target on node {measured} already, and there is one for each definition.',
  },
  'no-nvme-target': {
    kind: 'not-found',
    linstor: 'FAIL_MISSING_NVME_TARGET',
    text: '{subject} has no NVMe target yet that node {measured} could use.',
  },
  'minor-used': {
    kind: 'exists',
    linstor: 'FAIL_INVLD_MINOR_NR',
    text: 'DRBD minor {measured} is used by {holder}.',
  },
  'port-used': {
    kind: 'exists',
    linstor: 'FAIL_INVLD_TCP_PORT',
    text: 'TCP port {measured} is taken on node {subject}.',
  },
  'node-id-used': {
    kind: 'exists',
    linstor: 'FAIL_INVLD_NODE_ID',
    text: 'DRBD node-id {measured} of {subject} is taken.',
  },
  'in-use': {
    kind: 'in-use',
    linstor: 'FAIL_IN_USE',
    text: '{noun} {subject} is in use: {problem}',
  },
  'device-in-use': {
    kind: 'in-use',
    linstor: 'FAIL_IN_USE',
    text: 'Device {subject} on node {node} cannot become a storage pool: {problem}.',
  },
  'last-good-copy': {
    kind: 'in-use',
    linstor: 'FAIL_IN_USE',
    text: 'Node {measured} holds the last UpToDate copy of {subject}.',
  },
  'only-one-active': {
    kind: 'in-use',
    linstor: 'FAIL_ONLY_ONE_ACT_RSC_PER_SHARED_STOR_POOL_ALLOWED',
    text: '{subject} is active on node {measured}, or may be, and shared space {space} is open on one node at a time.',
  },
  inactive: {
    kind: 'conflict',
    linstor: 'FAIL_IN_USE',
    text: '{subject} is not active: {problem}.',
  },
  'being-deleted': {
    kind: 'conflict',
    linstor: 'FAIL_IN_USE',
    text: '{noun} {subject} is being deleted (operation {operation}).',
  },
  'in-trash': {
    kind: 'conflict',
    linstor: 'FAIL_IN_USE',
    text: 'Resource definition {subject} is in the trash: it keeps its name and its data for a while.',
  },
  'not-for-trash': {
    kind: 'unsupported',
    linstor: 'FAIL_IN_USE',
    text: 'Resource definition {subject} cannot be put into the trash: {problem}.',
  },
  'operation-runs': {
    kind: 'conflict',
    linstor: 'FAIL_IN_USE',
    text: 'Operation {operation} on {subject} has to finish first.',
  },
  'cannot-abort': {
    kind: 'conflict',
    linstor: 'FAIL_IN_USE',
    text: 'Operation {operation} ({kind}) cannot be aborted: {problem}.',
  },
  'nothing-to-abort': {
    kind: 'conflict',
    linstor: 'FAIL_IN_USE',
    text: 'There is nothing to abort: {problem}.',
  },
  'cannot-undo': {
    kind: 'conflict',
    linstor: 'FAIL_IN_USE',
    text: 'It cannot be undone: {problem}.',
  },
  'state-moved': {
    kind: 'conflict',
    linstor: 'FAIL_IN_USE',
    text: 'The log is at {measured}, past the required sequence {required}.',
  },
  'plan-moved': {
    kind: 'conflict',
    linstor: 'FAIL_IN_USE',
    text: 'Nothing was done: {subject} has changed since log {required}, when the plan was made.',
  },
  'plan-differs': {
    kind: 'conflict',
    linstor: 'FAIL_IN_USE',
    text: 'Nothing was done: it would now come to something else than what was planned at log {required}.',
  },
  'node-offline': {
    kind: 'unavailable',
    linstor: 'FAIL_NOT_CONNECTED',
    text: 'Node {subject} is offline: {problem}',
  },
  'not-connected': {
    kind: 'conflict',
    linstor: 'FAIL_NOT_CONNECTED',
    text: 'Node {subject} is not connected with node {measured} for {definition}.',
  },
  'node-evacuating': {
    kind: 'conflict',
    linstor: 'FAIL_EVACUATING',
    text: 'Node {subject} takes no replicas: it is being emptied, or was.',
  },
  'no-waiver': {
    kind: 'in-use',
    linstor: 'FAIL_IN_USE',
    text: 'Node {subject} cannot be left out: {problem}.',
  },
  'debt-open': {
    kind: 'conflict',
    linstor: 'FAIL_IN_USE',
    text: 'Node {subject} still has what it had of {definition} before.',
  },
  'node-online': {
    kind: 'in-use',
    linstor: 'FAIL_NODE_HAS_USED_RSC',
    text: 'Node {subject} is online; only a node that is offline can be declared lost.',
  },
  'passphrase-exists': {
    kind: 'exists',
    linstor: 'FAIL_EXISTS_CRYPT_PASSPHRASE',
    text: 'The cluster has a passphrase already.',
  },
  'no-passphrase': {
    kind: 'not-found',
    linstor: 'FAIL_NOT_FOUND_CRYPT_KEY',
    text: 'The cluster has no passphrase yet, and volumes are encrypted under one.',
  },
  locked: {
    kind: 'conflict',
    linstor: 'FAIL_NOT_FOUND_CRYPT_KEY',
    text: 'The cluster is locked: its passphrase was not entered since the leading controller started.',
  },
  'wrong-passphrase': {
    kind: 'invalid',
    linstor: 'FAIL_INVLD_CRYPT_PASSPHRASE',
    text: 'This is not the passphrase of the cluster.',
  },
  'minors-exhausted': {
    kind: 'not-enough',
    linstor: 'FAIL_POOL_EXHAUSTED_MINOR_NR',
    text: 'No free DRBD minor in {required}.',
  },
  'ports-exhausted': {
    kind: 'not-enough',
    linstor: 'FAIL_POOL_EXHAUSTED_TCP_PORT',
    text: 'Node {subject} has no free TCP port in {required}.',
  },
  'node-ids-exhausted': {
    kind: 'not-enough',
    linstor: 'FAIL_POOL_EXHAUSTED_NODE_ID',
    text: 'All 32 DRBD node-ids of {subject} are taken.',
  },
  'peer-slots-exhausted': {
    kind: 'not-enough',
    linstor: 'FAIL_INSUFFICIENT_PEER_SLOTS',
    text: '{subject} has {measured} peer slots; one more diskful replica needs {required}.',
  },
  'not-enough-nodes': {
    kind: 'not-enough',
    linstor: 'FAIL_NOT_ENOUGH_NODES',
    text: 'Not enough available nodes: {required} needed, {measured} fit.',
  },
  'undecidable-placement': {
    kind: 'not-enough',
    linstor: 'FAIL_UNDECIDABLE_AUTOPLACMENT',
    text: 'Placement cannot be decided: {problem}',
  },
  'pool-too-small': {
    kind: 'not-enough',
    linstor: 'FAIL_NOT_ENOUGH_FREE_SPACE',
    text: 'Storage pool {subject} has room for {measured:size}; {required:size} are needed.',
  },
  'pool-nearly-full': {
    kind: 'not-enough',
    linstor: 'FAIL_NOT_ENOUGH_FREE_SPACE',
    text: 'Storage pool {subject} {problem}.',
  },
  'pool-not-usable': {
    kind: 'not-enough',
    linstor: 'FAIL_NOT_ENOUGH_FREE_SPACE',
    text: 'Storage pool {subject} cannot be used: {problem}.',
  },
  'metadata-too-small': {
    kind: 'not-enough',
    linstor: 'FAIL_INVLD_VLM_SIZE',
    text: 'The external DRBD metadata of {subject} has room for {measured:size} of data; {required:size} are asked for.',
  },
  'already-placed': {
    kind: 'conflict',
    linstor: 'WARN_RSC_ALREADY_DEPLOYED',
    text: '{subject} has {measured} replicas already, more than the {required} asked for.',
  },
  'cannot-shrink': {
    kind: 'unsupported',
    linstor: 'FAIL_INVLD_VLM_SIZE',
    text: 'Volume {subject} has {measured:size} and cannot shrink to {required:size}: {problem}.',
  },
  'cannot-grow': {
    kind: 'unsupported',
    linstor: 'FAIL_INVLD_VLM_SIZE',
    text: 'Volume {subject} has {measured} KiB and cannot grow to {required} KiB: {problem}.',
  },
  'would-cut-off': {
    kind: 'in-use',
    linstor: 'FAIL_INVLD_VLM_SIZE',
    text: 'Volume {subject} has {measured:size} and would lose all that lies behind {required:size}.',
  },
  'not-capable': {
    kind: 'unsupported',
    linstor: 'FAIL_STLT_DOES_NOT_SUPPORT_LAYER',
    text: 'Node {subject} cannot do {required}: {problem}',
  },
  'not-supported': { kind: 'unsupported', linstor: 'FAIL_INVLD_PROVIDER', text: '{problem}' },
  'mixed-pools': {
    kind: 'unsupported',
    linstor: 'FAIL_INVLD_PROVIDER',
    text: 'Replicas of {subject} cannot mix {measured} with {required}.',
  },
  'internal-error': {
    kind: 'unavailable',
    linstor: 'FAIL_IMPL_ERROR',
    text: 'A rule of the controller failed, and nothing was changed: {problem}. Please report it.',
  },
  'not-leader': {
    kind: 'unavailable',
    linstor: 'FAIL_UNKNOWN_ERROR',
    text: 'This controller does not lead.',
  },
  'log-unavailable': {
    kind: 'unavailable',
    linstor: 'FAIL_UNKNOWN_ERROR',
    text: 'The log did not accept the command: {problem}. Whether it was stored is unknown: send it again with the same id.',
  },
} as const satisfies Record<string, Row>
export type RefusalCode = keyof typeof refusals

type Value = string | number | boolean | undefined

/** A rule's "no". `remedy` says what would make it pass. */
export type Refusal = {
  readonly refused: RefusalCode
  readonly fields: Readonly<Record<string, Value>>
  readonly remedy?: string
  readonly details?: readonly string[]
}

export function refuse(
  code: RefusalCode,
  fields: Readonly<Record<string, Value>> = {},
  remedy?: string,
  details?: readonly string[],
): Refusal {
  return {
    refused: code,
    fields,
    ...(remedy === undefined ? {} : { remedy }),
    ...(details === undefined ? {} : { details }),
  }
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value
}

/** The sentence of a refusal, its fields filled in. */
export function refusalText(refusal: Refusal): string {
  const row: Row = refusals[refusal.refused]
  const { measured, required } = refusal.fields
  const sizes =
    typeof measured === 'number' && typeof required === 'number'
      ? toldApart(measured, required)
      : undefined
  return row.text.replaceAll(/\{(\w+)(:size)?\}/g, (_, name: string, size?: string) => {
    const value = refusal.fields[name]
    if (size === undefined || typeof value !== 'number') return String(value ?? '?')
    return sizes?.[name === 'measured' ? 0 : 1] ?? formatKib(value)
  })
}

/** Exit code of the CLI for a refusal code; 1 for codes of a newer controller. */
export function exitCodeOf(code: string): number {
  const row: Row | undefined = Object.hasOwn(refusals, code)
    ? refusals[code as RefusalCode]
    : undefined
  return row ? refusalKinds[row.kind].exitCode : 1
}
