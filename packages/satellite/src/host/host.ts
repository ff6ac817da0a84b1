/**
 * The port to the machine: run a tool, follow a tool's lines, read and write small files.
 * The real one goes through execa; the simulated one imitates the tools.
 */
import type { Duplex } from 'node:stream'
import type { KernelChange } from '../core/kernel-change.ts'

/** A tool that takes longer than this, and was given no limit of its own, is killed. */
export const normalTimeoutMs = 45_000

export type CommandResult = {
  readonly argv: readonly string[]
  /** Absent: killed after its time limit, or the program could not be started (see `problem`). */
  readonly exitCode?: number
  readonly stdout: string
  readonly stderr: string
  /** True: killed in steps after `timeoutMs`; its effect is unknown, not failed. */
  readonly timedOut: boolean
  /** Nothing could kill it (D state): it may still be at work, and end whenever it likes. */
  readonly isAlive?: true
  /** `not-found`: there is no such program on this machine. */
  readonly problem?: 'not-found' | 'not-startable'
}

export type RunOptions = {
  readonly stdin?: string
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export type FollowedProcess = AsyncDisposable & {
  /** Lines of standard output until the process ends. */
  readonly lines: AsyncIterable<string>
}

/** An open block device or image file. Offsets and lengths are bytes. */
export type Blocks = AsyncDisposable & {
  /** Exactly so many bytes; throws where there are fewer. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array>
  readonly write: (offset: number, bytes: Uint8Array) => Promise<void>
  /** All that was written is on the disk. */
  readonly sync: () => Promise<void>
}

export type PipedProcess = {
  readonly output: AsyncIterable<Uint8Array>
  /** Never rejects; `stdout` of the result is empty. */
  readonly ended: Promise<CommandResult>
}

/** Where others may connect to, until it is disposed of. */
export type Listener = AsyncDisposable & {
  readonly port: number
  readonly connections: AsyncIterable<Duplex>
}

/** Both ends inclusive. */
export type PortRange = { readonly min: number; readonly max: number }

export type Host = {
  /** Never throws for what the tool did: the result says it. No shell, argv only. */
  readonly run: (argv: readonly string[], options?: RunOptions) => Promise<CommandResult>
  /** Starts a long-running tool such as `drbdsetup events2`. */
  readonly follow: (argv: readonly string[], signal: AbortSignal) => FollowedProcess
  /** Contents, or undefined when there is no such file. */
  readonly readFile: (path: string) => Promise<string | undefined>
  /**
   * Text that is never the same for two contents of a file, much cheaper than reading it; undefined
   * when that cannot be promised, and always where this is absent.
   */
  readonly stamp?: (path: string) => Promise<string | undefined>
  /** Written beside, synced, renamed over: whole or not at all, also after a power loss. */
  readonly writeFile: (path: string, text: string) => Promise<void>
  /** SHA-256 of a regular file, hex; undefined: there is nothing. Throws for anything else. */
  readonly fingerprint: (path: string) => Promise<string | undefined>
  /**
   * Content in base64 for others than us: everybody may read it. As `writeFile`, but its directory
   * has to be there, and a link at its place is replaced, not followed.
   */
  readonly placeFile: (path: string, content: string) => Promise<void>
  readonly removeFile: (path: string) => Promise<void>
  /** Names in a directory, sorted; empty when there is none. */
  readonly list: (directory: string) => Promise<string[]>
  /** True when something exists at the path (device nodes included). */
  readonly exists: (path: string) => Promise<boolean>
  /** Where links lead in the end; undefined: nowhere. */
  readonly resolve: (path: string) => Promise<string | undefined>
  /** A device opened for writing is nobody else's: it fails while somebody has it open like that. */
  readonly openBlocks: (path: string, mode: 'read' | 'write') => Promise<Blocks>
  /** Throws while somebody has the device mounted or claimed; reads and writes nothing of it. */
  readonly claim: (path: string) => Promise<void>
  /** Below /sys only; throws what the kernel says. */
  readonly changeKernel: (change: KernelChange) => Promise<void>
  /** A tool that reads or writes more than fits into memory; killed with the signal. */
  readonly pipe: (
    argv: readonly string[],
    options: { readonly input?: AsyncIterable<Uint8Array>; readonly signal: AbortSignal },
  ) => PipedProcess
  /** At the first port of these that nobody has; throws a sentence when there is none. */
  readonly listen: (address: string, ports: readonly PortRange[]) => Promise<Listener>
  readonly connect: (address: string, port: number, signal: AbortSignal) => Promise<Duplex>
  /** `uname -n` without a process. */
  readonly uname: string
}
