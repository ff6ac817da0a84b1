/** One object as indented lines: sizes and times in words, empty fields left out. */
import { formatKib } from '@varve/events'
import { formatDuration } from '@varve/projections'

export function renderTree(value: unknown, indent = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => listItem(item, indent))
  if (!isRecord(value)) return [`${indent}${String(value)}`]
  return Object.entries(value).flatMap(([key, field]) => fieldLines(key, field, indent))
}

function fieldLines(key: string, value: unknown, indent: string): string[] {
  const { label, text } = worded(key, value)
  if (text !== undefined) return [`${indent}${label}: ${text}`]
  if (isEmpty(value)) return []
  return [`${indent}${label}:`, ...renderTree(value, `${indent}  `)]
}

function listItem(item: unknown, indent: string): string[] {
  const [first = '', ...rest] = renderTree(item, `${indent}  `)
  return [`${indent}- ${first.trimStart()}`, ...rest]
}

/** `sizeKib: 1024` → `size: 1 MiB`; times of day in ISO form, as the log has them. */
function worded(key: string, value: unknown): { label: string; text?: string } {
  if (typeof value === 'number') {
    if (key.endsWith('Kib')) return { label: spaced(key.slice(0, -3)), text: formatKib(value) }
    if (key.endsWith('Ms')) return { label: spaced(key.slice(0, -2)), text: formatDuration(value) }
    if (key === 'at' || key.endsWith('At')) {
      return { label: spaced(key), text: formatTime(value) }
    }
  }
  const label = key.includes('/') ? key : spaced(key)
  if (typeof value === 'boolean') return { label, text: value ? 'yes' : 'no' }
  if (value === null || (typeof value !== 'object' && value !== undefined)) {
    return { label, text: String(value) }
  }
  if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one !== 'object')) {
    return { label, text: value.join(', ') }
  }
  return { label }
}

/** Time of day in UTC, to the second: what logs of all nodes have in common. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').slice(0, 19)
}

/** `placeCount` → `place count`. Names that users chose have no capitals to part, or are kept by `/`. */
function spaced(key: string): string {
  return key.replaceAll(
    /([a-z0-9])([A-Z])/g,
    (_, a: string, b: string) => `${a} ${b.toLowerCase()}`,
  )
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || (isRecord(value) && Object.keys(value).length === 0) || isNone(value)
  )
}

const isNone = (value: unknown) => Array.isArray(value) && value.length === 0

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
