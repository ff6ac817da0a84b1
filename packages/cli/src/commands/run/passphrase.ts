/** The cluster's passphrase as a controller is started with it. */
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { processSecrets } from '../../secret/source.ts'

/** Name of the systemd credential: `LoadCredentialEncrypted=varve-passphrase:…` in the unit. */
const credential = 'varve-passphrase'

/** Undefined: none was given, so the cluster starts locked. Files are read anew for each reign. */
export async function passphraseReader(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<(() => Promise<string>) | undefined> {
  if (file === '-') {
    // Standard input can be read only once.
    const text = withoutNewline(await processSecrets().read('-'))
    return () => Promise.resolve(text)
  }
  const path = file ?? (await credentialPath(env.CREDENTIALS_DIRECTORY))
  if (path === undefined) return undefined
  return async () => withoutNewline(await readFile(path, 'utf8'))
}

async function credentialPath(directory: string | undefined): Promise<string | undefined> {
  if (directory === undefined) return undefined
  const path = join(directory, credential)
  return access(path).then(
    () => path,
    () => undefined,
  )
}

const withoutNewline = (text: string) => text.replace(/\r?\n$/, '')
