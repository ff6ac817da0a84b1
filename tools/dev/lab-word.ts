// A word of the lab's operator shell: asks `./dev lab` to do it, and prints what came of it.
// usage: lab-word.ts <socket> <word> [argument …]
import { connect } from 'node:net'
import { json } from 'node:stream/consumers'
import type { WordReply, WordRequest } from './lab-shell.ts'

const [path = '', ...words] = process.argv.slice(2)
const socket = connect(path)
socket.end(JSON.stringify({ words } satisfies WordRequest))
// Written by lab-shell.ts of the same checkout.
const reply = (await json(socket)) as WordReply
process.stdout.write(reply.stdout)
process.stderr.write(reply.stderr)
process.exitCode = reply.exitCode
