// The lab's gate: a process in the lab's network namespace. It is what keeps the namespace alive, it
// lets the test outside open TCP connections inside (through a unix socket, which knows no
// namespaces), and when its parent dies, in whatever way, it sweeps the lab away.
// usage: gate.ts <lab directory>, standard input held open by the parent
import { createServer, connect as open } from 'node:net'
import { join } from 'node:path'
import { sweep } from './sweep.ts'

const directory = process.argv[2] ?? ''

const server = createServer({ allowHalfOpen: true }, (outside) => {
  outside.on('error', () => outside.destroy())
  // The request is one short line, written at once and answered before anything follows it.
  outside.once('data', (line) => {
    outside.pause()
    const [host = '', port = ''] = String(line).trim().split(' ')
    const inside = open({ host, port: Number(port), allowHalfOpen: true, noDelay: true })
    inside.once('connect', () => {
      outside.write('open\n')
      inside.pipe(outside)
      outside.pipe(inside)
    })
    inside.on('error', (error) => outside.end(`${error.message}\n`))
    inside.on('close', () => outside.end())
    outside.on('close', () => inside.destroy())
  })
})
server.listen(join(directory, 'gate.sock'), () => process.stdout.write('ready\n'))

process.stdin.resume()
process.stdin.on('end', () => {
  sweep(directory)
  process.exit(0)
})
