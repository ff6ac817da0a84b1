/** Finds a nats-server that is good enough, or fetches one into the cache. */

import { execFile } from 'node:child_process'
import { access, constants, readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { fetchFromDebian } from './apt.ts'

const run = promisify(execFile)

/** A nats-server binary that was started once to ask for its version. */
export type NatsServer = { path: string; version: string }

/** The oldest version we run: earlier ones lack `sync_interval` or have faults on replicas. */
export const oldestVersion = '2.12.0'

/**
 * The nats-server to start, tried in this order: `NATS_SERVER`, `PATH`, the cache
 * (`VARVE_CACHE`, else `~/.cache/varve`), the machine's Debian mirror. `env` is the environment
 * to read; `log` gets a sentence for whatever takes time. Throws an Error that says what to
 * install when nothing of it works, and at once when `NATS_SERVER` names an unfit binary:
 * a choice that somebody made is not silently replaced.
 */
export async function findNatsServer(options: {
  env: NodeJS.ProcessEnv
  log: (line: string) => void
  /** Ends a download; nothing of it stays. */
  signal?: AbortSignal
}): Promise<NatsServer> {
  const { env, log, signal } = options
  if (env.NATS_SERVER) return demandFit(env.NATS_SERVER)
  const inPath = (env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'nats-server'))
  const cache = cacheDirectory(env)
  const found = (await firstFit(inPath)) ?? (await firstFit(await cached(cache)))
  if (found !== undefined) return found
  try {
    const nameOf = async (binary: string) => `nats-server-${(await demandFit(binary)).version}`
    return await demandFit(await fetchFromDebian(cache, nameOf, { log, signal }))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `no nats-server ${oldestVersion} or newer was found, and it could not be fetched (${why}). ` +
        'Install the package nats-server of Debian forky or the binary of a release of NATS, ' +
        'and put it in PATH or name it in NATS_SERVER.',
      { cause },
    )
  }
}

/** Where fetched binaries are kept. */
export function cacheDirectory(env: NodeJS.ProcessEnv): string {
  return env.VARVE_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'varve')
}

/** Negative when `a` is older than `b`; pre-release marks are ignored. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbers(a), numbers(b)]
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function numbers(version: string): number[] {
  return version.replace(/^v/, '').split(/[.-]/).slice(0, 3).map(Number)
}

async function cached(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => [])
  return names
    .filter((name) => /^nats-server-\d+\.\d+\.\d+$/.test(name))
    .sort((a, b) => compareVersions(b.slice(12), a.slice(12)))
    .map((name) => join(directory, name))
}

async function firstFit(paths: string[]): Promise<NatsServer | undefined> {
  for (const path of paths) {
    const version = await versionOf(path).catch(() => undefined)
    if (version !== undefined && isFit(version)) return { path, version }
  }
  return undefined
}

async function demandFit(path: string): Promise<NatsServer> {
  const version = await versionOf(path)
  if (isFit(version)) return { path, version }
  throw new Error(`${path} is nats-server ${version}; Varve needs ${oldestVersion} or newer`)
}

function isFit(version: string): boolean {
  return compareVersions(version, oldestVersion) >= 0
}

async function versionOf(path: string): Promise<string> {
  await access(path, constants.X_OK)
  const { stdout } = await run(path, ['--version'], { timeout: 10_000 })
  const version = /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1]
  if (version === undefined) throw new Error(`${path} did not tell its version: ${stdout}`)
  return version
}
