/** Backups: there are none yet, which is told of remotes that are there. */
import { remoteOf } from '@varve/events'
import { z } from 'zod'
import { text } from '../body/lenient.ts'
import type { Call } from '../call.ts'
import { change, json, type Route, read } from '../route.ts'

const path = '/v1/remotes/{remote_name}/backups'
const none = 'there can be none'

/** True: it is there; otherwise that is said. */
function hasRemote(call: Call, name: string): boolean {
  if (remoteOf(call.world.state, name)) return true
  call.fail('FAIL_NOT_FOUND_REMOTE', `There is no remote '${name}'.`, { Remote: name })
  return false
}

export const backupRoutes: readonly Route[] = [
  read(
    path,
    'Backups at a remote',
    (call) =>
      hasRemote(call, call.params.remote_name) ? json({ linstor: {}, other: {} }) : undefined,
    { later: none },
  ),
  change(
    {
      method: 'POST',
      path: `${path}/info`,
      on: ['none', 'backup'],
      summary: 'What a backup would need here',
      later: none,
      body: z.record(z.string(), z.unknown()),
    },
    async (call) => {
      if (!hasRemote(call, call.params.remote_name)) return
      const named = text.safeParse(call.body.src_snap_name ?? call.body.src_rsc_name).data
      call.fail('FAIL_NOT_FOUND_BACKUP', `There is no backup of '${named ?? '?'}'.`)
    },
  ),
]
