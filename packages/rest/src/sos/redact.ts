/**
 * Records and entries without what nobody but their owner should see: ciphertext, texts that users
 * keep for themselves, values of properties whose key speaks of a secret. In doubt it goes.
 */

const hidden = '***'

/** Members that hold secrets or ciphertext wherever they stand. */
const members =
  /^(wrapped|master|secrets?|luksKey|passphrases?|oldPassphrase|newPassphrase|accessKey|secretKey|content|tokenHash|sealed|previousKey)$/
/** Keys of properties, and of settings of clients, that speak of a secret. */
const speaking =
  /pass(word|phrase|wd)?\b|password|passphrase|secret|token|credential|private|\bkey$|^encrypted\//i
/** What looks like ciphertext or a key: base64 of 30 bytes and more that is no hash in hex. */
const ciphertext = /(?=[A-Za-z0-9+/]*[G-Zg-z+/])[A-Za-z0-9+/]{40,}={0,2}/g

export function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return withoutText(value)
  if (Array.isArray(value)) return value.map(withoutSecrets)
  if (typeof value !== 'object' || value === null) return value
  const record = value as Readonly<Record<string, unknown>> // Neither null nor an array.
  const isStores = isOfStore(record)
  return Object.fromEntries(
    Object.entries(record).map(([name, member]) => [name, shown(record, name, member, isStores)]),
  )
}

function shown(
  record: Readonly<Record<string, unknown>>,
  name: string,
  member: unknown,
  isStores: boolean,
): unknown {
  if (members.test(name)) return hidden
  if (name === 'props' || name === 'setProps') return shownProps(member, isStores)
  if (name === 'value' && typeof record.key === 'string') {
    return isStores || speaking.test(record.key) ? hidden : withoutSecrets(member)
  }
  // A wrapped key in an event is called just that; keys of properties stand beside a value.
  if (name === 'key' && String(record.type).startsWith('volume-definition.key-')) return hidden
  return withoutSecrets(member)
}

/** What clients keep in a store is theirs: only its keys are told. */
function isOfStore({ of, store, type }: Readonly<Record<string, unknown>>): boolean {
  return String(of).startsWith('key-value-store/') || (store !== undefined && type === undefined)
}

function shownProps(props: unknown, isStores: boolean): unknown {
  if (typeof props !== 'object' || props === null) return props
  const entries = Object.entries(props)
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      isStores || speaking.test(key) ? hidden : withoutSecrets(value),
    ]),
  )
}

/** URLs lose who they are for; the rest of a text loses what looks like ciphertext. */
function withoutText(text: string): string {
  return text.replaceAll(/(\w:\/\/)[^\s/@]+@/g, `$1${hidden}@`).replaceAll(ciphertext, hidden)
}
