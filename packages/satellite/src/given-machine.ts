/** A machine with one volume group, as little of it as the reconciler's tests need, and a clock. */
import { type Answer, type RecordedHost, recordedHost } from './host/record.ts'
import type { Clock, Log } from './ports.ts'

export const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Time passes only when a test says so. */
export function manualClock(): Clock & { advance: (ms: number) => void } {
  let now = 1_000_000
  const sleepers = new Set<{ at: number; wake: () => void }>()
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const wake = () => {
          sleepers.delete(sleeper)
          signal?.removeEventListener('abort', wake)
          resolve()
        }
        const sleeper = { at: now + ms, wake }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', wake, { once: true })
      }),
    advance: (ms) => {
      now += ms
      for (const sleeper of [...sleepers]) if (sleeper.at <= now) sleeper.wake()
    },
  }
}

export type Machine = RecordedHost & {
  readonly lvs: Map<string, { tags: string[]; kib: number }>
  /** Answers first, when it has one. */
  intercept?: (argv: readonly string[]) => Answer | undefined | Promise<Answer | undefined>
}

export function lvmMachine(): Machine {
  const lvs: Machine['lvs'] = new Map([['vg0/thin', { tags: [], kib: 8_000_000 }]])
  const host = recordedHost({
    answer: async (argv) => (await machine.intercept?.(argv)) ?? lvmAnswer(lvs, argv),
  })
  const machine: Machine = Object.assign(host, { lvs })
  return machine
}

function lvmAnswer(lvs: Machine['lvs'], argv: readonly string[]): Answer {
  const value = (option: string) => argv[argv.indexOf(option) + 1] ?? ''
  const key = argv.at(-1) ?? ''
  switch (argv[0] ?? '') {
    case 'lvs':
      return { stdout: lvsReport(lvs) }
    case 'vgs': // asked for other groups than the one there is
      return { exitCode: 5, stdout: '{"report":[]}', stderr: `  Volume group "${key}" not found\n` }
    case 'lvcreate': {
      const name = `${key}/${value('--name')}`
      const tags = argv.filter((_, i) => argv[i - 1] === '--addtag')
      if (argv.includes('--snapshot')) {
        const target = `${key.split('/')[0]}/${value('--name')}`
        lvs.set(target, { tags, kib: lvs.get(key)?.kib ?? 0 })
      } else lvs.set(name, { tags, kib: Number.parseInt(value('--virtualsize'), 10) })
      return {}
    }
    case 'lvchange': {
      const lv = lvs.get(key)
      if (lv) lv.tags = lv.tags.filter((tag) => tag !== value('--deltag'))
      return {}
    }
    case 'lvextend': {
      const lv = lvs.get(key)
      if (lv) lv.kib = Number.parseInt(value('--size'), 10)
      return {}
    }
    case 'lvrename': {
      const [group = '', from = '', to = ''] = argv.slice(-3)
      const lv = lvs.get(`${group}/${from}`)
      if (lv) lvs.set(`${group}/${to}`, lv)
      lvs.delete(`${group}/${from}`)
      return {}
    }
    case 'lvremove':
      lvs.delete(key)
      return {}
    default:
      throw new Error(`nobody expected ${argv.join(' ')}`)
  }
}

const group = { vg_name: 'vg0', vg_size: '9000000', vg_free: '8000000', vg_extent_size: '4096' }

function lvsReport(lvs: Machine['lvs']): string {
  const rows = [...lvs].map(([key, { tags, kib }]) => ({
    lv_name: key.split('/')[1],
    lv_size: `${kib}.00`,
    lv_attr: key === 'vg0/thin' ? 'twi-aotz--' : 'Vwi-a-tz--',
    lv_tags: tags.join(','),
    data_percent: '0.00',
    metadata_percent: '',
    ...group,
  }))
  return JSON.stringify({ report: [{ lv: rows }] })
}
