// Finds and ends everything a lab left on the host. There is only this one way of cleaning up: the
// orderly end, the crash of the test and the next start after a crash all use it.
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The environment variable that marks every host process of a lab; its value is the directory. */
export const mark = 'VARVE_LAB'
const prefix = 'varve-lab-'

/** A new lab's directory name: it names its owner, so that a later run knows whether that lives. */
export function labDirectoryPrefix(): string {
  return `${prefix}${process.pid}-${startTime(process.pid)}-`
}

/** Ends the labs whose owner has died (even by SIGKILL) and that nobody has swept. */
export function sweepStale(parent: string = tmpdir()): void {
  for (const name of readdirSync(parent)) {
    const owner = /^varve-lab-(\d+)-(\d+)-/.exec(name)
    if (owner !== null && startTime(Number(owner[1])) !== owner[2]) sweep(join(parent, name))
  }
}

/**
 * Kills every process of the lab in `directory` and removes the directory. Safe to call twice.
 * Synchronous, because it also runs while the process exits.
 */
export function sweep(directory: string): void {
  for (let round = 0; round < 500; round++) {
    const left = processesOf(directory)
    if (left.length === 0) break
    for (const { pid, leadsGroup } of left) {
      signal(pid, 'SIGKILL')
      // A UML kernel's traced children die with the group only.
      if (leadsGroup) signal(-pid, 'SIGKILL')
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
  }
  rmSync(directory, { recursive: true, force: true })
}

/** The living processes of a lab, except the caller: those marked by it, and its UML threads. */
export function processesOf(directory: string): { pid: number; leadsGroup: boolean }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => isMarked(name, directory) || isKernelOf(name, directory))
    .map((name) => ({ pid: Number(name), leadsGroup: statFields(name)[2] === name }))
}

function isMarked(pid: string, directory: string): boolean {
  return peek(() => readFileSync(`/proc/${pid}/environ`, 'utf8'))
    .split('\0')
    .includes(`${mark}=${directory}`)
}

/** UML's address spaces are processes whose environment cannot be read; their directory can. */
function isKernelOf(pid: string, directory: string): boolean {
  return (
    peek(() => readlinkSync(`/proc/${pid}/exe`)).includes('linux.uml') &&
    peek(() => readlinkSync(`/proc/${pid}/cwd`)).startsWith(`${directory}/`)
  )
}

/** When process `pid` started, in clock ticks since boot: with the id it names a process for ever. */
function startTime(pid: number): string | undefined {
  return statFields(String(pid))[19]
}

/** The fields of /proc/PID/stat from `state` on (the name before may hold spaces and brackets). */
function statFields(pid: string): string[] {
  const stat = peek(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** A process may vanish between being listed and being looked at. */
function peek(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // Gone already, which is what we want.
  }
}
