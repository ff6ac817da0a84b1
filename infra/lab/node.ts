// A node of the lab: its life, its disks, and everything bad that can happen to a machine.
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Disk,
  isFailable,
  makeFailableScript,
  mapperName,
  newDisk,
  swapTableScript,
  ubdWord,
} from './disk.ts'
import { type Network, networks, plug } from './network.ts'
import { NodeShell } from './shell.ts'
import {
  boot,
  consoleOf,
  directoryOf,
  hotplug,
  type Kernel,
  killKernel,
  type Machine,
  makeImage,
} from './uml.ts'
import { until } from './until.ts'

export class LabNode extends NodeShell {
  readonly name: string
  /** 1 for n1: the last part of its addresses. */
  readonly index: number
  /** On the data network; replication goes here. */
  readonly address: string
  readonly managementAddress: string
  readonly disks: Disk[] = []
  #kernel: Kernel | undefined
  #hasBooted = false

  constructor(machine: Machine) {
    super(machine)
    this.name = machine.name
    this.index = machine.index
    this.address = `${networks.data.subnet}.${machine.index}`
    this.managementAddress = `${networks.management.subnet}.${machine.index}`
    mkdirSync(directoryOf(machine))
  }

  get isRunning(): boolean {
    return this.#kernel?.isRunning() ?? false
  }

  /** Boots the node, again after powerOff() or halt(); its disks and its root keep what they hold. */
  async start(): Promise<void> {
    if (this.isRunning) throw new Error(`${this.name} runs already`)
    this.#kernel = await boot(
      this.machine,
      this.disks.map((disk) => ubdWord(disk, disk.image)),
    )
    const life = new AbortController()
    this.life = life
    void this.#kernel.exited.then(() => life.abort(new Error(`${this.name}: its kernel ended`)))
    // On a busy machine it may listen, and still be too slow for the host to find its address.
    await until(
      `${this.name} can be reached`,
      async () => {
        life.signal.throwIfAborted()
        return this.run('true').then(
          () => true,
          () => false,
        )
      },
      60_000,
    )
    if (!this.#hasBooted) {
      this.#hasBooted = true
      return
    }
    for (const disk of this.disks.filter(isFailable)) {
      await this.run(makeFailableScript(disk, false))
    }
    // What udev and systemd do at the boot of a real machine, which comes up with a broken VG too.
    await this.run('vgchange --quiet -aay', { check: false })
  }

  /** Pulls the cable. NATS is reachable over both networks; commands of the test still arrive. */
  async cut(options: { network: Network | 'both' } = { network: 'data' }): Promise<void> {
    await this.#plug(options.network, false)
  }

  async heal(options: { network: Network | 'both' } = { network: 'both' }): Promise<void> {
    await this.#plug(options.network, true)
  }

  /** Power loss: what was not synced is gone. */
  async powerOff(): Promise<void> {
    const kernel = this.#running()
    killKernel(kernel)
    this.life.abort(new Error(`${this.name}: power was cut`))
    await kernel.exited
  }

  /** Shuts down cleanly: daemons are asked to end, file systems are synced. */
  async halt(): Promise<void> {
    const kernel = this.#running()
    const script = `kill -TERM -1; sleep 0.5; kill -KILL -1; sync
mount -o remount,ro / ; busybox poweroff -f`
    await this.run(`setsid bash -c '${script}' </dev/null >/dev/null 2>&1 &`)
    await until(`${this.name} halts`, () => !kernel.isRunning(), 20_000)
  }

  /** Stops the whole machine as if it hung; its clock stands still. */
  freeze(): void {
    // The kernel process alone: stopped together with its traced children it panics when resumed.
    process.kill(this.#running().pid, 'SIGSTOP')
  }

  thaw(): void {
    process.kill(this.#running().pid, 'SIGCONT')
  }

  /** Adds a blank disk of `mib`, plugged in at once when the node runs. */
  async addDisk(mib: number): Promise<Disk> {
    const disk = newDisk(this.disks.length + 1, mib)
    await makeImage(this.machine, disk.image, mib)
    return this.#attach(disk)
  }

  /** Attaches another node's disk as well, as a SAN does: nobody keeps the two apart. */
  async shareDisk(owner: LabNode, { image, mib }: Disk): Promise<Disk> {
    const own = newDisk(this.disks.length + 1, mib)
    return this.#attach({ ...own, image: `../${owner.name}/${image}`, isShared: true })
  }

  async #attach(disk: Disk): Promise<Disk> {
    this.disks.push(disk)
    if (this.isRunning) {
      await hotplug(this.machine, ubdWord(disk, join(directoryOf(this.machine), disk.image)))
      await this.run(`until test -b ${disk.raw}; do sleep 0.05; done`, { timeoutMs: 10_000 })
    }
    return disk
  }

  /** Puts a device at the blank disk's `path` that failDisk() can break. A restart repairs it. */
  async makeFailable(disk: Disk): Promise<Disk> {
    await this.run(makeFailableScript(disk, true))
    disk.path = `/dev/mapper/${mapperName(disk)}`
    return disk
  }

  /** Every read and write of the disk fails from now on. */
  async failDisk(disk: Disk): Promise<void> {
    await this.#swapTable(disk, 'error')
  }

  /** The disk is back with what it held. */
  async repairDisk(disk: Disk): Promise<void> {
    await this.#swapTable(disk, 'linear')
  }

  /** What the kernel printed on its console since the lab began. */
  console(): string {
    return consoleOf(this.machine)
  }

  /** Copies console, daemon logs and, if the node answers, its kernel log into `directory`. */
  async collectLogs(directory: string): Promise<void> {
    const own = directoryOf(this.machine)
    for (const name of ['console.log', 'logs'].filter((each) => existsSync(join(own, each)))) {
      cpSync(join(own, name), join(directory, this.name, name), { recursive: true })
    }
    if (!this.isRunning) return
    const kernelLog = await this.run('dmesg', { timeoutMs: 5000, check: false }).catch(
      () => undefined,
    )
    if (kernelLog) writeFileSync(join(directory, this.name, 'dmesg.log'), kernelLog.stdout)
  }

  async #swapTable(disk: Disk, target: 'linear' | 'error'): Promise<void> {
    if (!isFailable(disk)) throw new Error(`${this.name}: ${disk.raw} was not made failable`)
    await this.run(swapTableScript(disk, target))
  }

  async #plug(network: Network | 'both', isIn: boolean): Promise<void> {
    const chosen: Network[] = network === 'both' ? ['data', 'management'] : [network]
    for (const each of chosen) {
      await plug(this.machine.place.gatePid, { index: this.index, network: each, isIn })
    }
  }

  #running(): Kernel {
    if (this.#kernel === undefined || !this.#kernel.isRunning()) {
      throw new Error(`${this.name} is not running`)
    }
    return this.#kernel
  }
}
