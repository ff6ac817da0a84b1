/**
 * Runs the nats-server of a machine of a cluster, apart from its controller, so that neither takes
 * the other along when it ends; lets in whom the controller's file of members names.
 */
import { watch } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { startEmbedded } from './embedded.ts'
import type { ControllerIdentity } from './identity.ts'
import { membersFile, readMembers } from './members-file.ts'
import type { NatsServer } from './server.ts'
import { siteFiles } from './site.ts'

export type SiteOptions = {
  readonly identity: ControllerIdentity
  /** The server's files; 0700, made when it is missing. */
  readonly directory: string
  readonly server: NatsServer
  readonly log: Pick<Logger, 'info' | 'warn'>
  readonly signal: AbortSignal
}

/** Between the two reloads: the first one has to be over. It takes milliseconds. */
const reloadMs = 500

/** Until the signal; throws the server's last words when it ends before. */
export async function runSite(options: SiteOptions): Promise<void> {
  const { identity, directory, server, log, signal } = options
  await mkdir(directory, { recursive: true, mode: 0o700 })
  let config = await writeFiles(identity, directory)
  await using nats = await startEmbedded({ server, dataDir: directory, config })
  log.info({ pid: nats.pid, version: nats.version }, 'the server runs')
  const bell = createBell(directory, signal)
  const stopped = new Promise<'stopped'>((resolve) => {
    signal.addEventListener('abort', () => resolve('stopped'), { once: true })
  })
  for (;;) {
    const event = await Promise.race([bell.next(), nats.exited, stopped])
    if (event === 'stopped' || signal.aborted) return
    if (event !== 'changed')
      throw new Error(`nats-server has ended (${event}): see ${directory}/nats-server.log`)
    const newer = await writeFiles(identity, directory)
    if (newer === config) continue
    config = newer
    // Twice: what a new account imports is found at the second reading only (seen on 2.15.1).
    for (let turn = 1; turn <= 2; turn += 1) {
      process.kill(nats.pid, 'SIGHUP')
      await sleep(reloadMs)
    }
    log.info('members have come or gone: the server has read its configuration again')
  }
}

/** Resolves with the configuration, which is written last: it names the other files. */
async function writeFiles(identity: ControllerIdentity, directory: string): Promise<string> {
  const files = siteFiles(identity, { directory, members: await readMembers(directory) })
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name)
    await writeFile(`${path}.new`, text, { mode: 0o600 })
    await rename(`${path}.new`, path)
  }
  return files['nats-server.conf'] ?? ''
}

/** Rings when the file of members has been put in its place. */
function createBell(directory: string, signal: AbortSignal): { next: () => Promise<'changed'> } {
  let isDue = false
  let wake = () => {}
  watch(directory, { signal, persistent: false }, (_event, name) => {
    if (name !== membersFile) return
    isDue = true
    wake()
  })
  return {
    next: async () => {
      if (!isDue) {
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        await promise
      }
      isDue = false
      return 'changed'
    },
  }
}
