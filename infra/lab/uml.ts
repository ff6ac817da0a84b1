// One node's kernel: a user-mode Linux process, its images and its console.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkout, execHost, type Place } from './host-process.ts'
import { cardArguments, inNamespace } from './network.ts'
import { mark } from './sweep.ts'
import { until } from './until.ts'

const run = promisify(execFile)
const stateImage = 'state.img'

export type Machine = {
  place: Place
  name: string
  index: number
  /** Number of nodes in the lab, for /etc/hosts. */
  count: number
  memoryMib: number
  udev: boolean
}

export type Kernel = { pid: number; exited: Promise<void>; isRunning: () => boolean }

/** The node's own directory on the host: images, console.log, logs/ and the shared io/. */
export function directoryOf(machine: Machine): string {
  return join(machine.place.directory, machine.name)
}

/** Makes a sparse image file of `mib`; it takes space only as it is written. */
export async function makeImage(machine: Machine, name: string, mib: number): Promise<void> {
  await run('truncate', ['-s', `${mib}M`, join(directoryOf(machine), name)])
}

/** The letter of the node's disk `index` (1 is /dev/ubdb: /dev/ubda is the state disk). */
export function ubdName(index: number): string {
  return `ubd${String.fromCharCode(97 + index)}`
}

/** Boots the node with `disks`, words of the kernel's line, and waits until its agent listens. */
export async function boot(machine: Machine, disks: readonly string[]): Promise<Kernel> {
  const directory = directoryOf(machine)
  const ready = join(directory, 'io/ready')
  mkdirSync(join(directory, 'io'), { recursive: true })
  rmSync(ready, { force: true })
  // A killed kernel leaves its id claimed: the next one would refuse it ("umid already in use").
  rmSync(join(machine.place.directory, 'uml', machine.name), { recursive: true, force: true })
  if (!existsSync(join(directory, stateImage))) {
    await makeImage(machine, stateImage, 2048)
    await run('mkfs.ext4', ['-q', '-F', join(directory, stateImage)])
  }
  const kernel = launch(machine, disks)
  try {
    await until(
      'the agent listens',
      () => {
        if (!kernel.isRunning()) throw new Error('its kernel ended')
        return existsSync(ready)
      },
      60_000,
    )
  } catch (cause) {
    killKernel(kernel)
    throw new Error(`${machine.name} did not boot:\n${consoleOf(machine).slice(-3000)}`, { cause })
  }
  return kernel
}

function launch(machine: Machine, disks: readonly string[]): Kernel {
  const console = openSync(join(directoryOf(machine), 'console.log'), 'a')
  const argv = [...pinning(machine), 'linux.uml', ...bootLine(machine, disks)]
  const [file, args] = inNamespace(machine.place.gatePid, argv)
  const child = spawn(file, args, {
    cwd: directoryOf(machine), // images are named relative to it: the kernel's line is short
    detached: true, // a session of its own: its traced children are killed by group
    stdio: ['ignore', console, console],
    env: { PATH: process.env.PATH ?? '', TMPDIR: '/dev/shm', [mark]: machine.place.directory },
  })
  closeSync(console)
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  return { pid: child.pid ?? 0, exited, isRunning: () => isRunning(child) }
}

/**
 * One processor for all processes of a kernel: every system call of a node is a handover between two
 * of them, which took 100 us between two processors of an idle virtual machine and 16 us on one.
 */
function pinning(machine: Machine): string[] {
  return ['taskset', '--cpu-list', String((machine.index - 1) % availableParallelism())]
}

function bootLine(machine: Machine, disks: readonly string[]): string[] {
  return [
    `mem=${machine.memoryMib}M`,
    `umid=${machine.name}`,
    `uml_dir=${join(machine.place.directory, 'uml')}`,
    'root=/dev/root',
    'rootfstype=hostfs',
    'rootflags=/',
    'ro',
    'quiet',
    `ubda=${stateImage}`,
    ...disks,
    ...cardArguments(machine.index),
    `init=${join(import.meta.dirname, 'init.sh')}`,
    'con=null',
    'con0=null,fd:1',
    // Unknown words with `=` become init's environment.
    `lab_directory=${machine.place.directory}`,
    `lab_name=${machine.place.directory.split('/').at(-1)}`,
    `lab_checkout=${checkout}`,
    `lab_node=${machine.name}`,
    `lab_index=${machine.index}`,
    `lab_count=${machine.count}`,
    `lab_udev=${machine.udev ? 1 : 0}`,
  ]
}

export function consoleOf(machine: Machine): string {
  const path = join(directoryOf(machine), 'console.log')
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

/** Like pulling the plug: nothing is flushed, nothing is said. */
export function killKernel(kernel: Kernel): void {
  if (kernel.isRunning()) process.kill(-kernel.pid, 'SIGKILL')
}

/** Gives the running kernel one more disk under /dev; its image by the whole path. */
export async function hotplug(machine: Machine, disk: string): Promise<void> {
  const socket = join(machine.place.directory, 'uml', machine.name, 'mconsole')
  // From inside the namespace: the kernel answers to an abstract socket, and those belong to one.
  await execHost(machine.place, ['uml_mconsole', socket, 'config', disk])
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}
