// A TypeScript program of the checkout that runs on both sides of the lab.
// usage: greet.ts listen <port> | greet.ts call <host> <port>
import { connect, createServer } from 'node:net'

const [role, ...rest] = process.argv.slice(2)

if (role === 'listen') {
  createServer((socket) => socket.end(`welcome from node ${process.version}\n`))
    .on('listening', () => console.log('listening'))
    .listen(Number(rest[0]))
} else {
  const socket = connect({ host: rest[0] ?? '', port: Number(rest[1]) })
  socket.on('data', (bytes: Buffer) => process.stdout.write(`node ${process.version} got: ${bytes}`))
}
