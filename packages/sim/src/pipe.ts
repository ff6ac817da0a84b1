/** Tools with streams: zfs send and zfs receive, with the words of 2.1.11. */
import type { Host, PipedProcess } from '@varve/satellite'
import { hasTool, toolName } from './dispatch.ts'
import type { Machine } from './machine.ts'
import { fail, type Output } from './tool.ts'
import { receive, send } from './zfs/stream.ts'

export function pipe(
  machine: Machine,
  argv: readonly string[],
  { input, signal }: Parameters<Host['pipe']>[1],
): PipedProcess {
  const name = toolName(argv)
  machine.spawned.set(name, (machine.spawned.get(name) ?? 0) + 1)
  const [, verb, ...args] = argv
  const result = Promise.withResolvers<Output>()
  async function* output(): AsyncGenerator<Uint8Array> {
    if (verb !== 'send') return
    const sent = send(machine, args)
    if (sent.stream) yield sent.stream
    result.resolve(sent.output)
  }
  async function take(): Promise<Output> {
    const pieces: Uint8Array[] = []
    for await (const piece of input ?? []) pieces.push(piece)
    return receive(machine, args, Buffer.concat(pieces))
  }
  if (!machine.on || !hasTool(machine, name)) result.resolve(fail(127, `${name}: not found`))
  else if (verb === 'receive') take().then(result.resolve, result.reject)
  const stop = Promise.withResolvers<undefined>()
  machine.running.add(() => stop.resolve(undefined))
  signal.addEventListener('abort', () => stop.resolve(undefined), { once: true })
  const killed = { argv, stdout: '', stderr: '', timedOut: true }
  const ended = Promise.race([result.promise, stop.promise]).then(
    (done) =>
      done
        ? { argv, exitCode: done.code, stdout: '', stderr: done.stderr, timedOut: false }
        : killed,
    () => killed,
  )
  return { output: output(), ended }
}
