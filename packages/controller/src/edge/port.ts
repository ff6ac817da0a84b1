/** Everything that a controller has to do with the world. */
import type { Bus } from './bus.ts'
import type { Disk } from './disk.ts'
import type { Time } from './time.ts'

export type Chance = {
  /** A ULID. */
  readonly newId: () => string
  /** 64 random bits as 16 hex digits. */
  readonly random64: () => string
}

export type Edge = {
  readonly bus: Bus
  readonly time: Time
  readonly disk: Disk
  readonly chance: Chance
}
