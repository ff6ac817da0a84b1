/** The query string of a request: repeated filters, pages, flags in any spelling. */
import { nameKey } from '@varve/events'

export class Query {
  readonly #given: URLSearchParams

  constructor(given: URLSearchParams) {
    this.#given = given
  }

  all(): readonly (readonly [string, string])[] {
    return [...this.#given]
  }

  /** Undefined: not given or empty. */
  text(name: string): string | undefined {
    return this.#given.get(name) || undefined
  }

  /** All values of a filter as name keys; undefined: it was not given, so everything matches. */
  names(name: string): ReadonlySet<string> | undefined {
    const values = this.#given.getAll(name).filter((value) => value !== '')
    return values.length === 0 ? undefined : new Set(values.map(nameKey))
  }

  flag(name: string, otherwise = false): boolean {
    const value = this.#given.get(name)
    return value === null || value === '' ? otherwise : value.toLowerCase() === 'true'
  }

  /** A whole number that is not negative; anything else counts as not given. */
  count(name: string): number | undefined {
    const value = Number(this.text(name))
    return Number.isSafeInteger(value) && value >= 0 ? value : undefined
  }

  /** `?props=key` or `?props=key=value`, each of which has to match the object's own properties. */
  matchesProps(props: Readonly<Record<string, string>>): boolean {
    return this.#given.getAll('props').every((wanted) => {
      const [key = '', ...value] = wanted.split('=')
      const own = Object.hasOwn(props, key) ? props[key] : undefined
      return value.length === 0 ? own !== undefined : own === value.join('=')
    })
  }

  /** The page of a list that was filtered already; a limit of 0 is none. */
  page<R>(rows: readonly R[]): readonly R[] {
    const offset = this.count('offset') ?? 0
    const limit = this.count('limit') || rows.length
    return offset === 0 && limit >= rows.length ? rows : rows.slice(offset, offset + limit)
  }
}
