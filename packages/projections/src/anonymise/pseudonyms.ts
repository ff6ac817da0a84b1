/**
 * Made-up words in place of real ones: the same word is always replaced by the same, in any spelling
 * of its letters, and what was sorted stays in that order. Two rounds: first all words are collected.
 */
import { defaultDisklessPool, defaultGroup, defaultNetInterface, defaultPool } from '@varve/events'

/** What an entry's texts are given to. */
export type Wording = {
  /** Any text of a user or of a machine: names, paths of names, addresses, sentences. */
  readonly text: (text: string) => string
}

/** Words with a meaning of their own, which tell nothing of whoever runs the cluster. */
const reserved: ReadonlySet<string> = new Set(
  [defaultGroup, defaultPool, defaultDisklessPool, defaultNetInterface, 'Aux', 'dev', 'true']
    .concat(['false', 'on', 'off', 'yes', 'no', ''])
    .map((word) => word.toLowerCase()),
)

/** A ULID, and the id of a further operation of the same entry: they tell the time and no more. */
const id = /^[0-9A-HJKMNP-TV-Z]{26}(\.\d+)?$/
const number = /^\d+$/
const word = /^[A-Za-z0-9_.+-]+$/
const address4 = /^\d{1,3}(\.\d{1,3}){3}$/
const address6 = /^(?=.*:.*:)[0-9a-f:.]+$/i
/** What parts the words of a path, a pair or a list. */
const between = /([/=,:@])/

export class Pseudonyms {
  readonly #words = new Set<string>()
  readonly #addresses = new Set<string>()
  readonly #sentences = new Set<string>()

  /** The first round: takes note, and gives back what it got. */
  readonly collecting: Wording = {
    text: (text) => {
      if (isAddress(text)) this.#addresses.add(text.toLowerCase())
      else if (isPath(text)) {
        for (const part of text.split(between)) if (isSecretive(part)) this.#words.add(keyOf(part))
      } else if (!reserved.has(keyOf(text))) this.#sentences.add(text)
      return text
    },
  }

  /** The second round, once all is collected. */
  replacing(): Wording {
    const words = numbered(this.#words)
    const addresses = numbered(this.#addresses)
    const sentences = numbered(this.#sentences)
    const replace = (part: string) =>
      isSecretive(part) ? `name-${padded(words.get(keyOf(part)) ?? 0)}` : part
    return {
      text: (text) => {
        if (isAddress(text)) return addressOf(addresses.get(text.toLowerCase()) ?? 0, text)
        if (isPath(text)) return text.split(between).map(replace).join('')
        const at = sentences.get(text)
        return at === undefined ? text : `text-${padded(at)}`
      },
    }
  }
}

const keyOf = (text: string) => text.toLowerCase()
const isAddress = (text: string) => address4.test(text) || address6.test(text)
const isPath = (text: string) => text.split(between).every(isWord)
const isWord = (part: string) => part === '' || word.test(part) || isSeparator(part)
const isSeparator = (part: string) => part.length === 1 && between.test(part)

function isSecretive(part: string): boolean {
  if (isSeparator(part) || id.test(part) || number.test(part)) return false
  return !reserved.has(keyOf(part))
}

/** Each with its place in order, from 1 on. */
function numbered(texts: ReadonlySet<string>): ReadonlyMap<string, number> {
  return new Map([...texts].sort().map((text, index) => [text, index + 1]))
}

const padded = (at: number) => String(at).padStart(6, '0')

/** In 10.0.0.0/8, or in fd00::/8 for an address with colons. */
function addressOf(at: number, was: string): string {
  if (was.includes(':')) return `fd00::${(at >>> 16).toString(16)}:${(at & 0xffff).toString(16)}`
  return `10.${(at >>> 16) & 255}.${(at >>> 8) & 255}.${at & 255}`
}
