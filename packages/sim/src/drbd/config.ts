/** From the .res files of a machine to what drbdadm would make of them. */
import { listNames, normal, parentOf, readText } from '../files.ts'
import type { Machine } from '../machine.ts'
import { knownOptions } from './known-options.ts'
import { expected, parseStatements, ResError, type Statement } from './res-syntax.ts'

export type VolumeConfig = {
  readonly minor: number
  readonly disk: string
  readonly metaDisk: string
  readonly options: Readonly<Record<string, string>>
}

export type HostConfig = {
  readonly name: string
  readonly nodeId: number
  readonly address: string | undefined
  readonly volumes: ReadonlyMap<number, VolumeConfig>
}

export type ConnectionConfig = {
  readonly ends: readonly { readonly host: string; readonly address: string | undefined }[]
  readonly net: Readonly<Record<string, string>>
}

export type ResourceConfig = {
  readonly name: string
  readonly where: string
  readonly options: Readonly<Record<string, string>>
  readonly net: Readonly<Record<string, string>>
  readonly hosts: ReadonlyMap<string, HostConfig>
  readonly connections: readonly ConnectionConfig[]
}

/** Parsed files by their text: hundreds of calls read the same hundreds of files. */
export type ConfigCache = Map<string, { readonly text: string; readonly resources: Parsed }>

type Parsed = readonly (ResourceConfig | { readonly include: string })[]

/** All resources, by name. Throws a ResError with drbdadm's message. */
export function readConfig(
  machine: Machine,
  start = '/etc/drbd.conf',
): Map<string, ResourceConfig> {
  const found = new Map<string, ResourceConfig>()
  readInto(machine, normal(start), found)
  return found
}

function readInto(machine: Machine, path: string, found: Map<string, ResourceConfig>): void {
  const text = machine.files.get(path)?.text ?? readText(machine, path)
  if (text === undefined) throw new ResError(`Can not open '${path}': No such file or directory\n`)
  const cached = machine.configCache.get(path)
  const resources = cached?.text === text ? cached.resources : parseFile(text, path)
  if (cached?.text !== text) machine.configCache.set(path, { text, resources })
  for (const each of resources) {
    if ('include' in each)
      for (const file of expand(machine, path, each.include)) readInto(machine, file, found)
    else if (found.has(each.name)) {
      throw new ResError(`${each.where}: conflicting use of resource name '${each.name}' ...\n`)
    } else found.set(each.name, each)
  }
}

/** `include "drbd.d/*.res"`: relative to the file; a pattern may match nothing. */
function expand(machine: Machine, from: string, pattern: string): string[] {
  const full = pattern.startsWith('/') ? normal(pattern) : normal(`${parentOf(from)}/${pattern}`)
  const last = full.split('/').at(-1) ?? ''
  if (!last.includes('*')) return [full]
  const [head = '', tail = ''] = last.split('*')
  const directory = parentOf(full)
  return (listNames(machine, directory) ?? [])
    .filter((name) => name.startsWith(head) && name.endsWith(tail) && !name.startsWith('.'))
    .map((name) => `${directory}/${name}`)
    .filter((path) => machine.files.has(path))
}

function parseFile(text: string, path: string): Parsed {
  return parseStatements(text, path).flatMap((statement): Parsed => {
    const [kind = '', name = ''] = statement.words
    if (kind === 'include') return [{ include: name }]
    if (kind === 'global' || kind === 'common' || kind === 'skip') return []
    if (kind === 'resource' && statement.body) return [resourceOf(name, statement, path)]
    throw expected(path, statement.line, 'global | common | resource | skip | include', kind)
  })
}

function resourceOf(name: string, statement: Statement, path: string): ResourceConfig {
  const body = statement.body ?? []
  const shared = volumesOf(body, path)
  const hosts = new Map<string, HostConfig>()
  for (const each of body) {
    if (each.words[0] === 'on' && each.body) {
      const host = hostOf(each, shared, path)
      hosts.set(host.name, host)
    } else checkStatement(each, path)
  }
  if (hosts.size === 0) {
    throw new ResError(
      `${path}:${statement.line}: in resource ${name}:\n\ta host sections ('on n1 { ... }') is missing.\n`,
    )
  }
  numberHosts(hosts)
  return {
    name,
    where: `${path}:${statement.line}`,
    options: optionsOf(body, 'options', path),
    net: optionsOf(body, 'net', path),
    hosts,
    connections: connectionsOf(body, hosts, path),
  }
}

/** 8.4 has no node-ids: the order of their names stands for them, the same on both sides. */
function numberHosts(hosts: Map<string, HostConfig>): void {
  for (const [at, name] of [...hosts.keys()].sort().entries()) {
    const host = hosts.get(name)
    if (host?.nodeId === -1) hosts.set(name, { ...host, nodeId: at })
  }
}

const sections = new Set(['options', 'net', 'disk', 'handlers', 'startup', 'proxy'])

function checkStatement(statement: Statement, path: string): void {
  const [kind = ''] = statement.words
  if (sections.has(kind) && statement.body) checkOptions(statement, kind, path)
  else if (
    ![
      'volume',
      'connection',
      'connection-mesh',
      'protocol',
      'template-file',
      'device',
      'disk',
      'meta-disk',
      'on',
      'floating',
      'net',
      'tiebreaker',
    ].includes(kind)
  ) {
    throw expected(
      path,
      statement.line,
      'net | disk | startup | handlers | on | volume | connection | options',
      kind,
    )
  }
}

function checkOptions(statement: Statement, kind: string, path: string): void {
  const names = knownOptions[kind]
  for (const each of statement.body ?? []) {
    const [name = ''] = each.words
    if (names && !names.has(name)) throw expected(path, each.line, 'an option keyword', name)
  }
}

function optionsOf(body: readonly Statement[], kind: string, path: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const section of body) {
    if (section.words[0] !== kind || !section.body) continue
    checkOptions(section, kind, path)
    for (const { words } of section.body) found[words[0] ?? ''] = words.slice(1).join(' ') || 'yes'
  }
  return found
}

function volumesOf(body: readonly Statement[], path: string): Map<number, VolumeConfig> {
  const volumes = new Map<number, VolumeConfig>()
  const plain = body.some((each) => each.words[0] === 'device')
  for (const each of body) {
    if (each.words[0] === 'volume' && each.body) {
      volumes.set(Number(each.words[1]), volumeOf(each.body, each.line, path))
    }
  }
  if (plain && volumes.size === 0) volumes.set(0, volumeOf(body, body[0]?.line ?? 1, path))
  return volumes
}

function volumeOf(body: readonly Statement[], line: number, path: string): VolumeConfig {
  const value = (key: string) =>
    body.find((each) => each.words[0] === key && !each.body)?.words.slice(1) ?? []
  const device = value('device')
  const minor = device.includes('minor')
    ? Number(device[device.indexOf('minor') + 1])
    : Number(/\d+$/.exec(device[0] ?? '')?.[0] ?? Number.NaN)
  if (!Number.isInteger(minor)) throw expected(path, line, 'device', value('device')[0] ?? '}')
  return {
    minor,
    disk: value('disk')[0] ?? 'none',
    // `/dev/sdc[0]` is the old way to name a part of a device.
    metaDisk: (value('meta-disk')[0] ?? value('flexible-meta-disk')[0] ?? 'internal').replace(
      /\[\d+\]$/,
      '',
    ),
    options: optionsOf(body, 'disk', path),
  }
}

function hostOf(
  statement: Statement,
  shared: ReadonlyMap<number, VolumeConfig>,
  path: string,
): HostConfig {
  const body = statement.body ?? []
  const own = volumesOf(body, path)
  const nodeId = body.find((each) => each.words[0] === 'node-id')?.words[1]
  const address = body.find((each) => each.words[0] === 'address')?.words.slice(1)
  return {
    name: statement.words[1] ?? '',
    nodeId: nodeId === undefined ? -1 : Number(nodeId),
    address: address && addressOf(address),
    volumes: new Map([...shared, ...own]),
  }
}

/** `ipv4 10.0.0.1:7000` → `ipv4:10.0.0.1:7000`. */
function addressOf(words: readonly string[]): string {
  const [first = '', second] = words
  if (second === undefined) return `ipv4:${first}`
  return `${first}:${second}`
}

function connectionsOf(
  body: readonly Statement[],
  hosts: ReadonlyMap<string, HostConfig>,
  path: string,
): ConnectionConfig[] {
  const found: ConnectionConfig[] = []
  const pairs = (names: readonly string[], net: Readonly<Record<string, string>>) => {
    for (const [at, first] of names.entries()) {
      for (const second of names.slice(at + 1)) {
        found.push({
          ends: [first, second].map((host) => ({ host, address: hosts.get(host)?.address })),
          net,
        })
      }
    }
  }
  for (const each of body) {
    if (each.words[0] === 'connection-mesh') {
      const names = (each.body ?? []).find((inner) => inner.words[0] === 'hosts')?.words.slice(1)
      pairs(names ?? [], optionsOf(each.body ?? [], 'net', path))
    }
    if (each.words[0] !== 'connection' || !each.body) continue
    const inPath = each.body.find((inner) => inner.words[0] === 'path')?.body ?? []
    const ends = [...each.body, ...inPath]
      .filter((inner) => inner.words[0] === 'host')
      .slice(0, 2)
      .map((inner) => endOf(inner, hosts))
    if (ends.length !== 2) throw expected(path, each.line, 'host', '}')
    found.push({ ends, net: optionsOf(each.body, 'net', path) })
  }
  // Without any connection, everybody talks with everybody.
  if (found.length === 0) pairs([...hosts.keys()], {})
  return found
}

function endOf(statement: Statement, hosts: ReadonlyMap<string, HostConfig>) {
  const host = statement.words[1] ?? ''
  const at = statement.words.indexOf('address')
  const address =
    at < 0 ? hosts.get(host)?.address : addressOf(statement.words.slice(at + 1, at + 3))
  return { host, address }
}
