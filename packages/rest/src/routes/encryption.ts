/** The cluster's passphrase. */
import { encryptionStatus } from '@varve/projections'
import { z } from 'zod'
import type { Entry } from '../answer/entry.ts'
import { text } from '../body/lenient.ts'
import { change, json, type Route, read } from '../route.ts'

const path = '/v1/encryption/passphrase'

const accepted: Entry = { code: 'PASSPHRASE_ACCEPTED', message: 'The passphrase is accepted.' }

export const encryptionRoutes: readonly Route[] = [
  read(path, 'Whether encrypted volumes can be opened', ({ world }) =>
    json({ status: encryptionStatus(world.state).status }),
  ),
  change(
    {
      method: 'POST',
      path,
      on: ['create', 'none'],
      summary: 'Set the passphrase for the first time',
      success: 201,
      body: z.strictObject({ new_passphrase: text, old_passphrase: text.optional() }),
    },
    async (call) => {
      const passphrase = call.body.new_passphrase
      if (!(await call.command('encryption.create-passphrase', { passphrase }))) return
      call.say({ code: 'CREATED', message: 'The passphrase is set.' })
    },
  ),
  change(
    {
      method: 'PUT',
      path,
      on: ['modify', 'none'],
      summary: 'Change the passphrase; volumes stay as they are',
      body: z.strictObject({ new_passphrase: text, old_passphrase: text }),
    },
    async (call) => {
      const { old_passphrase: oldPassphrase, new_passphrase: newPassphrase } = call.body
      const args = { oldPassphrase, newPassphrase }
      if (!(await call.command('encryption.modify-passphrase', args))) return
      call.say({ code: 'MODIFIED', message: 'The passphrase is changed.' })
    },
  ),
  change(
    {
      method: 'PATCH',
      path,
      on: ['none', 'none'],
      summary: 'Enter the passphrase after a controller has started',
      // A JSON string and nothing around it.
      body: text,
    },
    async (call) => {
      const passphrase = call.body
      if (await call.command('encryption.enter-passphrase', { passphrase })) call.say(accepted)
    },
  ),
]
