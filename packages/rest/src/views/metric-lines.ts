/** Prometheus' text form, line by line. */
export type Labels = Readonly<Record<string, string | number>>
export type Sample = readonly [labels: Labels, value: number | string]

export function metricHead(
  name: string,
  type: 'gauge' | 'counter' | 'histogram',
  help: string,
): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
}

export function sampleLine(name: string, [labels, value]: Sample): string {
  return `${name}${printLabels(labels)} ${value}\n`
}

function printLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escaped = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
