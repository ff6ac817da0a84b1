/**
 * The cluster's own certificate authority and the certificates of its servers, made by the machine's
 * `openssl`. Keys are made here; openssl finds them in a folder for root alone, and only as long as it
 * needs them.
 */
import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { anyServer } from './identity.ts'

const run = promisify(execFile)

/** Both PEM. */
export type Certified = { readonly certificate: string; readonly key: string }

/** The authority outlives machines; servers get new certificates with a new `cluster init`. */
const authorityDays = 7300
const serverDays = 3650
const timeoutMs = 20_000

export async function createAuthority(directory: string, cluster: string): Promise<Certified> {
  const key = newKey()
  const certificate = await request(directory, key, [
    ...subject(`varve ${cluster} authority`),
    ...['-days', String(authorityDays)],
    ...['-addext', 'basicConstraints=critical,CA:TRUE,pathlen:0'],
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  ])
  return { certificate, key }
}

/** For the server at `address`, an IP address or a host name, towards clients and other servers. */
export async function createServerCertificate(
  authority: {
    readonly directory: string
    readonly certificatePath: string
    readonly keyPath: string
  },
  server: { readonly name: string; readonly address: string },
): Promise<Certified> {
  const key = newKey()
  const certificate = await request(authority.directory, key, [
    ...['-CA', authority.certificatePath, '-CAkey', authority.keyPath],
    ...subject(server.name),
    ...['-days', String(serverDays)],
    ...[
      '-addext',
      `subjectAltName=DNS:${anyServer},${isIP(server.address) ? 'IP' : 'DNS'}:${server.address}`,
    ],
    ...['-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-addext', 'keyUsage=critical,digitalSignature'],
    ...['-addext', 'extendedKeyUsage=serverAuth,clientAuth'],
  ])
  return { certificate, key }
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
}

/** Slashes and commas part fields in a subject. */
const subject = (name: string) => ['-subj', `/CN=${name.replaceAll(/[^A-Za-z0-9 ._-]/g, '_')}`]

/** `-config /dev/null`: what the machine's own file adds is not what we asked for. */
async function request(directory: string, key: string, words: readonly string[]): Promise<string> {
  const path = join(directory, 'request.key')
  await writeFile(path, key, { mode: 0o600 })
  try {
    const argv = ['req', '-x509', '-new', '-config', '/dev/null', '-key', path, ...words]
    return (await run('openssl', argv, { timeout: timeoutMs })).stdout
  } catch (cause) {
    const stderr = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : ''
    const why = stderr === '' ? String(cause) : stderr
    throw new Error(`a certificate is made with openssl 3, and it could not: ${why}`, { cause })
  } finally {
    await rm(path, { force: true })
  }
}
