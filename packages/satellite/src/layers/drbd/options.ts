/** DRBD option lines: what is written, how a value is quoted, and what 8.4 knows. */
import type { Props } from '@varve/events'

export type Section = 'options' | 'net' | 'disk' | 'handlers'

/** Free text in drbdadm's grammar; all else is a number, a size or a keyword, and stays bare. */
const strings: ReadonlySet<string> = new Set([
  'cram-hmac-alg',
  'shared-secret',
  'verify-alg',
  'csums-alg',
  'data-integrity-alg',
  'cpu-mask',
  'transport',
  'tls-keyring',
  'tls-privkey',
  'tls-certificate',
])

/** What the in-kernel 8.4 knows (`drbdsetup show --show-defaults` and drbd.conf-8.4(5)). */
const known84: Readonly<Record<Section, ReadonlySet<string>>> = {
  options: new Set(['cpu-mask', 'on-no-data-accessible']),
  net: new Set(
    (
      'protocol timeout max-epoch-size max-buffers unplug-watermark connect-int ping-int ' +
      'sndbuf-size rcvbuf-size ko-count allow-two-primaries cram-hmac-alg shared-secret ' +
      'after-sb-0pri after-sb-1pri after-sb-2pri always-asbp rr-conflict ping-timeout ' +
      'data-integrity-alg tcp-cork on-congestion congestion-fill congestion-extents csums-alg ' +
      'csums-after-crash-only verify-alg use-rle socket-check-timeout'
    ).split(' '),
  ),
  disk: new Set(
    (
      'size on-io-error fencing disk-barrier disk-flushes disk-drain md-flushes resync-rate ' +
      'al-extents al-updates discard-zeroes-if-aligned disable-write-same c-plan-ahead ' +
      'c-delay-target c-fill-target c-max-rate c-min-rate disk-timeout read-balancing ' +
      'rs-discard-granularity'
    ).split(' '),
  ),
  handlers: new Set(
    (
      'pri-on-incon-degr pri-lost-after-sb pri-lost out-of-sync local-io-error fence-peer ' +
      'unfence-peer initial-split-brain split-brain before-resync-target after-resync-target'
    ).split(' '),
  ),
}

/** `rr-conflict retry-connect` and `on-no-quorum` came with 9. */
const values84: Readonly<Record<string, ReadonlySet<string>>> = {
  'rr-conflict': new Set(['disconnect', 'call-pri-lost', 'violently']),
}

/**
 * Sorted lines of one section. Left out are keys that are no option name, values that would not
 * stay inside their quotes, and for 8.4 everything it does not know.
 */
export function optionLines(section: Section, props: Props, is84: boolean): string[] {
  return Object.entries(props)
    .filter(([key, value]) => isWritable(key, value) && (!is84 || knows84(section, key, value)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key} ${quoted(section, key, value)};`)
}

function isWritable(key: string, value: string): boolean {
  // drbdadm's lexer has no escape for a line break, and a control character helps nobody.
  const isPrintable = [...value].every((c) => c >= ' ' && c !== '\u007f')
  return /^[a-z][a-z0-9-]*$/.test(key) && value !== '' && isPrintable
}

function knows84(section: Section, key: string, value: string): boolean {
  return known84[section].has(key) && (values84[key]?.has(value) ?? true)
}

function quoted(section: Section, key: string, value: string): string {
  const isBare = section !== 'handlers' && !strings.has(key) && /^[A-Za-z0-9._/-]+$/.test(value)
  return isBare ? value : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
