/** Transcripts of real tools, replayed: `$ argv`, its output, `E|` standard error, `rc=`. */
import { readFileSync } from 'node:fs'

export type Exchange = {
  readonly argv: readonly string[]
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

export function readTranscript(name: string): Exchange[] {
  const text = readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8')
  return text.split(/^\$ /m).flatMap((part) => {
    const [head = '', ...lines] = part.split('\n')
    // A tool may leave its last line open: `20971520rc=0`.
    const end = lines.findLastIndex((line) => /rc=\d+$/.test(line))
    if (head === '' || end < 0) return []
    const body = lines.slice(0, end)
    const print = (list: readonly string[]) => list.map((line) => `${line}\n`).join('')
    return [
      {
        argv: head.split(' '),
        stdout: print(body.filter((line) => !line.startsWith('E|'))),
        stderr: print(body.filter((line) => line.startsWith('E|')).map((line) => line.slice(2))),
        code: Number(/rc=(\d+)$/.exec(lines[end] ?? '')?.[1]),
      },
    ]
  })
}
