/** drbdsetup show: the module's configuration. */
import type { Resource } from './model.ts'

const block = (name: string, options: Readonly<Record<string, string>>) =>
  `    ${name} {\n${Object.entries(options)
    .map(([key, value]) => `        ${key.padEnd(16)}\t${value};\n`)
    .join('')}    }\n`

const printAddress = (address: string) => address.replace(':', ' ')

export function showText(resource: Resource): string {
  const devices = [...resource.devices.values()].map((device) => {
    const disk = device.backing ? `"${device.backingPath}"` : 'none'
    return `        volume ${device.volume} {\n            device\t\t\tminor ${device.minor};\n            disk\t\t\t${disk};\n            meta-disk\t\t\tinternal;\n        }\n`
  })
  const connections = [...resource.connections.values()].map(
    (each) =>
      `    connection {\n        _peer_node_id ${each.peerNodeId};\n        path {\n            _this_host ${printAddress(each.local)};\n            _remote_host ${printAddress(each.peer)};\n        }\n        net {\n            _name           \t"${each.name}";\n        }\n    }\n`,
  )
  return `resource "${resource.name}" {\n${block('options', resource.options)}    _this_host {\n        node-id\t\t\t${resource.nodeId};\n${devices.join('')}    }\n${connections.join('')}}\n\n`
}
