/**
 * Users of a site, in a process of their own on one of its machines, since a network namespace is a
 * process's: `commander.ts <identity> load` commands until its input ends and prints the id of each
 * command that was acknowledged; `… stored` prints the id of each entry that the log holds.
 */
import { credentialsOf, readIdentity } from '@varve/controller/identity'
import { connectNats } from '@varve/controller/nats'
import { type CommandReply, importedApi, streams, subjectsOf } from '@varve/events'
import { ulid } from 'ulid'

const users = 4
const attemptMs = 1_000
const pauseMs = 50

const [path = '', what = ''] = process.argv.slice(2)
const identity = await readIdentity(path)
const connection = await connectNats({ ...credentialsOf(identity), name: `commander-${what}` })
const subjects = subjectsOf(identity.cluster)

/** The same bytes until somebody answers: the id decides whether anything is done. */
async function ask(subject: string, body: string): Promise<string> {
  for (;;) {
    const message = await connection
      .request(subject, body, { timeout: attemptMs })
      .catch(() => undefined)
    if (message && !message.string().includes('"log-unavailable"')) return message.string()
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

async function load(): Promise<void> {
  let isOver = false
  process.stdin.on('end', () => {
    isOver = true
  })
  process.stdin.resume()
  const use = async (user: number) => {
    for (let round = 0; !isOver; round += 1) {
      const id = ulid()
      const args = { setProps: { [`Aux/user${user}`]: String(round) } }
      const text = await ask(
        subjects.command(identity.name, 'controller.modify'),
        JSON.stringify({ v: 1, id, args }),
      )
      // Both ends are of one version.
      const reply = JSON.parse(text) as CommandReply
      if (!reply.ok) throw new Error(text)
      process.stdout.write(`${id}\n`)
    }
  }
  await Promise.all(Array.from({ length: users }, (_, user) => use(user)))
}

async function stored(): Promise<void> {
  const api = `${importedApi}.STREAM`
  const info = await ask(`${api}.INFO.${streams.log}`, '')
  // JetStream's own forms.
  const { state } = JSON.parse(info) as { state: { last_seq: number } }
  for (let seq = 1; seq <= state.last_seq; seq += 1) {
    const text = await ask(`${api}.MSG.GET.${streams.log}`, JSON.stringify({ seq }))
    const { message } = JSON.parse(text) as { message: { data: string } }
    const block = Buffer.from(message.data, 'base64').toString()
    for (const [, id = ''] of block.matchAll(/"id":"([0-9A-HJKMNP-TV-Z]{26})"/g)) {
      process.stdout.write(`${id}\n`)
    }
  }
}

await (what === 'load' ? load() : stored())
await connection.close()
process.exit(0)
