/** Reads the text of a .res file into statements: words, and perhaps a block. */

export type Statement = {
  readonly words: readonly string[]
  readonly body: readonly Statement[] | undefined
  readonly line: number
}

/** What drbdadm prints before it exits with 10. */
export class ResError extends Error {}

type Token = { readonly text: string; readonly line: number; readonly quoted: boolean }

function tokens(text: string): Token[] {
  const list: Token[] = []
  let line = 1
  const pattern = /\n|#[^\n]*|"((?:[^"\\]|\\.)*)"|[{};]|[^\s{};"#]+/g
  for (const match of text.matchAll(pattern)) {
    if (match[0] === '\n') line += 1
    else if (!match[0].startsWith('#')) {
      list.push({ text: match[1] ?? match[0], line, quoted: match[1] !== undefined })
    }
  }
  return list
}

/** Statements of a file; `name` is for the messages. */
export function parseStatements(text: string, name: string): Statement[] {
  const list = tokens(text)
  let at = 0
  const block = (depth: number): Statement[] => {
    const statements: Statement[] = []
    let words: string[] = []
    for (let token = list[at]; token; token = list[at]) {
      at += 1
      const mark = token.quoted ? '' : token.text
      if (mark === ';') {
        if (words.length > 0) statements.push({ words, body: undefined, line: token.line })
        words = []
      } else if (mark === '{') {
        statements.push({ words, body: block(depth + 1), line: token.line })
        words = []
      } else if (mark === '}') {
        if (words.length > 0) throw expected(name, token.line, ';', '}')
        if (depth === 0) throw expected(name, token.line, 'global | common | resource', '}')
        return statements
      } else words.push(token.text)
    }
    if (depth > 0 || words.length > 0) throw expected(name, list.at(-1)?.line ?? 1, '}', '<EOF>')
    return statements
  }
  return block(0)
}

export const expected = (name: string, line: number, wanted: string, got: string) =>
  new ResError(`${name}:${line}: Parse error: '${wanted}' expected,\n\tbut got '${got}'\n`)
