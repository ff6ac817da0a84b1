import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Lab, type LabNode, labSupport } from '../../infra/lab/index.ts'
import { mark, processesOf, sweepStale } from '../../infra/lab/sweep.ts'
import { until } from '../../infra/lab/until.ts'

const support = labSupport()
const title = support.ok ? 'two nodes with real kernels' : `the lab (skipped: ${support.reason})`
const greet = join(import.meta.dirname, 'testdata/greet.ts')

describe.skipIf(!support.ok)(title, () => {
  let lab: Lab
  let n1: LabNode
  let n2: LabNode

  const onBoth = (act: (node: LabNode) => Promise<unknown>) => Promise.all([act(n1), act(n2)])

  beforeAll(async () => {
    lab = await Lab.start({ nodes: 2, disksPerNode: 1, diskMib: 512 })
    n1 = lab.node('n1')
    n2 = lab.node('n2')
  })
  afterAll(() => lab?.[Symbol.asyncDispose]())

  test('a command gives its exit code, its output and its errors apart', async () => {
    const result = await n1.run('cat; echo oops >&2; exit 3', { stdin: 'hello', check: false })
    expect(result).toEqual({ exitCode: 3, stdout: 'hello', stderr: 'oops\n' })
    await expect(n1.run('false; echo never')).rejects.toThrow('n1: exit 1 from: false; echo never')
    await expect(n1.run(['sleep', '60'], { timeoutMs: 300 })).rejects.toThrow('not done after 300')
    // A background process that keeps the output open does not hold the answer back.
    await n1.run('sleep 60 & echo done', { timeoutMs: 10_000 })
    const big = 'x'.repeat(3_000_000)
    expect((await n1.run(['cat'], { stdin: big })).stdout.length).toBe(big.length)
  })

  test('a daemon in a node speaks into a log and is stopped with all it started', async () => {
    const daemon = await n1.spawn('echo up; sleep 1000', { name: 'idler' })
    await daemon.saw(/up/)
    expect(await daemon.stop()).toBe(128 + 15)
    expect((await n1.run(['pgrep', '-f', 'sleep 1000'], { check: false })).exitCode).toBe(1)
    const logs = mkdtempSync(join(tmpdir(), 'lab-logs-'))
    await lab.collectLogs(logs)
    expect(readFileSync(join(logs, 'n1/logs/idler.log'), 'utf8')).toBe('up\n')
    expect(readFileSync(join(logs, 'n2/dmesg.log'), 'utf8')).toContain('Linux version')
    rmSync(logs, { recursive: true })
  })

  test('TypeScript of the checkout runs in a node and talks to a host process', async () => {
    const server = lab.spawnHost(['node', greet, 'listen', '4222'])
    await server.saw(/listening/)
    for (const host of ['10.9.0.254', '10.99.0.254']) {
      const { stdout } = await n1.run(['node', greet, 'call', host, '4222'])
      expect(stdout).toMatch(/^node v24.* got: welcome from node v24/)
    }
    const door = await lab.expose('10.9.0.254', 4222)
    expect(await text(connect(door))).toContain('welcome')
    await server.stop()
    await expect(lab.connect('10.9.0.254', 4222)).rejects.toThrow('ECONNREFUSED')
  })

  test('a node sees its own disks only, and builds a thin pool on one that can fail', async () => {
    await onBoth(async (node) => {
      const disks = (await node.run('lsblk --noheadings --nodeps -o NAME')).stdout
      expect(disks).toBe('ubda\nubdb\n')
      const [disk] = node.disks
      if (disk === undefined) throw new Error('a disk was asked for')
      await node.makeFailable(disk)
      await node.run(`vgcreate -q vg0 ${disk.path}
        lvcreate -q -y -L 200M --type thin-pool -n thin vg0
        lvcreate -q -y -V 32M --thinpool thin -n r0 vg0`)
      expect((await node.run('pvs --noheadings -o pv_name,vg_name')).stdout.trim()).toBe(
        `${disk.path} vg0`,
      )
      expect((await node.run('test -b /dev/vg0/r0')).exitCode).toBe(0)
      await expect(node.makeFailable(disk)).rejects.toThrow()
    })
  })

  test('DRBD replicates from one node to the other', async () => {
    await onBoth(async (node) => {
      await node.writeFile('/etc/drbd.d/r0.res', resource)
      await node.run('modprobe drbd; drbdadm create-md --force r0; drbdadm up r0')
    })
    await n1.run('drbdadm primary --force r0')
    await isSynced(n1)
    await n1.run(
      'head -c 1M /dev/urandom >/root/data; dd if=/root/data of=/dev/drbd1000 oflag=direct',
    )
    const sum = await sumOf(n1)
    await n1.run('drbdadm secondary r0')
    await n2.run('drbdadm primary r0')
    expect(await sumOf(n2)).toBe(sum)
    await n2.run('drbdadm secondary r0')
    await n1.run('drbdadm primary r0; test -b /dev/drbd/by-res/r0/0')
  })

  test('a cut data network stops replication but not commands, and heals', async () => {
    await n2.cut({ network: 'data' })
    await says(n1, /connection:Connecting/)
    expect((await n2.run('ping -c1 -W1 10.99.0.1')).exitCode).toBe(0)
    await n2.cut({ network: 'both' })
    expect((await n2.run('ping -c1 -W1 10.99.0.1', { check: false })).exitCode).toBe(1)
    await n1.run('dd if=/dev/urandom of=/dev/drbd1000 bs=1M count=4 oflag=direct')
    await n2.heal()
    await isSynced(n1)
  })

  test('a power loss takes what was not synced, and nothing else', async () => {
    const sum = await sumOf(n1)
    await n1.run('echo kept >/root/kept; sync; echo lost >/root/lost')
    const running = n1.run(['sleep', '60'])
    const told = expect(running).rejects.toThrow('n1: power was cut')
    await n1.powerOff()
    await told
    await expect(n1.run('true')).rejects.toThrow('n1: power was cut')
    await says(n2, /connection:Connecting/)
    await n2.run('drbdadm primary r0')
    expect(await sumOf(n2)).toBe(sum)

    await n1.start()
    expect((await n1.run('cat /root/kept; cat /root/lost', { check: false })).stdout).toBe('kept\n')
    await n1.run('modprobe drbd; drbdadm up r0')
    await isSynced(n2)
    await n2.run('drbdadm secondary r0')
    expect(await sumOf(n1, '/dev/vg0/r0')).toBe(await sumOf(n2, '/dev/vg0/r0'))
    await onBoth((node) => node.run('drbdadm down r0'))
  })

  test('a frozen node answers nobody until it thaws', async () => {
    n2.freeze()
    expect((await n1.run('ping -c1 -W1 n2', { check: false })).exitCode).toBe(1)
    n2.thaw()
    await until('n2 answers', async () => {
      return (await n1.run('ping -c1 -W1 n2', { check: false })).exitCode === 0
    })
    await n2.run('true')
  })

  test('a disk fails and comes back; another one is added while the node runs', async () => {
    const [disk] = n1.disks
    if (disk === undefined) throw new Error('a disk was asked for')
    await n1.failDisk(disk)
    const write = 'dd if=/dev/zero of=/dev/vg0/r0 bs=4k count=1 oflag=direct'
    expect((await n1.run(write, { check: false })).stderr).toContain('Input/output error')
    expect((await n1.run('vgs vg0', { check: false })).exitCode).not.toBe(0)
    await n1.repairDisk(disk)
    await n1.run('vgs vg0; pvs')

    const added = await n1.addDisk(64)
    await n1.run(['vgcreate', '-q', 'vg1', added.path])
    await n1.halt()
    await n1.start()
    expect((await n1.run('vgs --noheadings -o vg_name')).stdout.split(/\s+/)).toEqual(
      expect.arrayContaining(['vg0', 'vg1']),
    )
  })

  test('a lab whose test was killed goes away by itself', async () => {
    const script = join(import.meta.dirname, 'testdata/crash.ts')
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const directory = await text(child.stdout)
    expect(directory).toContain('varve-lab-')
    await until('the gate sweeps', () => !existsSync(directory))
    // The gate itself is the last to go.
    await until('nobody is left', () => processesOf(directory).length === 0)
  })

  test('what even the gate left is swept by the next start', () => {
    const parent = mkdtempSync(join(tmpdir(), 'labs-'))
    const directory = join(parent, 'varve-lab-1-0-ofDeadOwner')
    mkdirSync(directory)
    const left = spawn('sleep', ['1000'], { env: { ...process.env, [mark]: directory } })
    mkdirSync(join(parent, basename(lab.directory)))
    sweepStale(parent)
    expect(processesOf(directory)).toEqual([])
    expect(left.pid).toBeDefined()
    expect(readdirSync(parent)).toEqual([basename(lab.directory)])
    rmSync(parent, { recursive: true })
  })

  test('two labs live side by side, and the end leaves nothing of them', async () => {
    const before = readFileSync('/proc/self/mounts', 'utf8')
    const directories = [lab.directory]
    const namespaces = [await namespaceOf(lab)]
    {
      await using second = await Lab.start({ nodes: 1, disksPerNode: 0, udev: false })
      directories.push(second.directory)
      namespaces.push(await namespaceOf(second))
      expect((await second.node('n1').run('hostname -I')).stdout).toContain('10.9.0.1')
      expect(processesOf(second.directory).length).toBeGreaterThan(1)
    }
    expect((await n1.run('hostname')).stdout).toBe('n1\n')
    await lab[Symbol.asyncDispose]()

    expect(new Set(namespaces).size).toBe(2)
    expect(directories.flatMap(processesOf)).toEqual([])
    expect(directories.filter((directory) => existsSync(directory))).toEqual([])
    expect(namespaces.filter((namespace) => livingNamespaces().has(namespace))).toEqual([])
    expect(readFileSync('/proc/self/mounts', 'utf8')).toBe(before)
  })
})

// Short timeouts, so that a lost peer is noticed within a second or two.
const resource = `resource r0 {
  net { protocol C; ping-int 1; ping-timeout 5; timeout 10; connect-int 1; }
  disk { c-plan-ahead 0; resync-rate 100M; }
  device minor 1000; disk /dev/vg0/r0; meta-disk internal;
  on n1 { address 10.9.0.1:7000; }
  on n2 { address 10.9.0.2:7000; }
}
`

async function says(node: LabNode, pattern: RegExp): Promise<void> {
  const status = async () => (await node.run('drbdsetup status --verbose r0')).stdout
  await until(
    `drbd on ${node.name} says ${pattern}`,
    async () => pattern.test(await status()),
    40_000,
  )
}

async function isSynced(node: LabNode): Promise<void> {
  await says(node, /peer-disk:UpToDate/)
}

async function sumOf(node: LabNode, device = '/dev/drbd1000'): Promise<string> {
  return (await node.run(`dd if=${device} bs=1M count=16 iflag=direct status=none | md5sum`)).stdout
}

async function namespaceOf(lab: Lab): Promise<string> {
  return (await lab.exec(['readlink', '/proc/self/ns/net'])).stdout.trim()
}

/** The network namespaces some process of this machine is in. */
function livingNamespaces(): Set<string> {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return new Set(processes.map(namespaceOfProcess))
}

function namespaceOfProcess(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    return '' // gone since it was listed
  }
}
