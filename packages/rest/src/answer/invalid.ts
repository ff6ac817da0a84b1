/** Arguments that a command's schema does not take → LINSTOR's code for the field at fault. */
import type { z } from 'zod'
import type { Code } from './codes.ts'
import type { Entry } from './entry.ts'

/** Fields of our commands; their names mean the same in all of them. */
const byField: Readonly<Record<string, Code>> = {
  node: 'FAIL_INVLD_NODE_NAME',
  nodes: 'FAIL_INVLD_NODE_NAME',
  nodeA: 'FAIL_INVLD_NODE_NAME',
  nodeB: 'FAIL_INVLD_NODE_NAME',
  kind: 'FAIL_INVLD_NODE_TYPE',
  name: 'FAIL_INVLD_NET_NAME',
  netInterface: 'FAIL_INVLD_NET_NAME',
  address: 'FAIL_INVLD_NET_ADDR',
  port: 'FAIL_INVLD_NET_PORT',
  ports: 'FAIL_INVLD_TCP_PORT',
  pool: 'FAIL_INVLD_STOR_POOL_NAME',
  provider: 'FAIL_INVLD_PROVIDER',
  backing: 'FAIL_INVLD_STOR_DRIVER',
  sharedSpace: 'FAIL_INVLD_FREE_SPACE_MGR_NAME',
  group: 'FAIL_INVLD_RSC_GRP_NAME',
  filter: 'FAIL_INVLD_PLACE_COUNT',
  definition: 'FAIL_INVLD_RSC_NAME',
  to: 'FAIL_INVLD_RSC_NAME',
  externalName: 'FAIL_INVLD_EXT_NAME',
  layers: 'FAIL_INVLD_LAYER_STACK',
  number: 'FAIL_INVLD_VLM_NR',
  minor: 'FAIL_INVLD_MINOR_NR',
  nodeId: 'FAIL_INVLD_NODE_ID',
  sizeKib: 'FAIL_INVLD_VLM_SIZE',
  sizesKib: 'FAIL_INVLD_VLM_SIZES',
  snapshot: 'FAIL_INVLD_SNAPSHOT_NAME',
  store: 'FAIL_INVLD_KVS_NAME',
  file: 'FAIL_INVLD_EXT_FILE_NAME',
  content: 'FAIL_INVLD_EXT_FILE',
  altSuffixes: 'FAIL_INVLD_EXT_FILE',
  remote: 'FAIL_INVLD_REMOTE_NAME',
  schedule: 'FAIL_INVLD_SCHEDULE_NAME',
  fullCron: 'FAIL_INVLD_BACKUP_CONFIG',
  incCron: 'FAIL_INVLD_BACKUP_CONFIG',
  passphrase: 'FAIL_INVLD_CRYPT_PASSPHRASE',
  setProps: 'FAIL_INVLD_PROP',
  props: 'FAIL_INVLD_PROP',
}

export function invalidEntry(error: z.ZodError): Entry {
  const field = String(error.issues[0]?.path[0] ?? '')
  return { code: byField[field] ?? 'FAIL_INVLD_REQUEST', message: problemOf(error) }
}

/** `net_interfaces.0.address: an address is …`; problems parted by semicolons. */
export function problemOf(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ')
}
