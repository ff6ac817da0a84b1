/**
 * What may happen to a cluster, as data: a run is a list of steps, so that it can be printed, played
 * again and shortened. Steps that make no sense at their moment are refused, and that is a step too.
 */
import { type Command, commands, type PublicCommandType } from '@varve/events'
import type { z } from 'zod'
import type { Fault } from '../faults.ts'

export type Step =
  | { readonly kind: 'command'; readonly type: PublicCommandType; readonly args: object }
  | {
      readonly kind: 'open' | 'close' | 'write'
      readonly node: string
      readonly definition: string
    }
  | {
      readonly kind:
        | 'crash'
        | 'boot'
        | 'kill-satellite'
        | 'start-satellite'
        | 'cut'
        | 'cut-bus'
        | 'heal-bus'
        | 'fail-disk'
        | 'repair-disk'
        | 'replace-disk'
        | 'reinstall'
      readonly node: string
    }
  | { readonly kind: 'lose-node'; readonly node: string }
  | { readonly kind: 'cut-pair'; readonly a: string; readonly b: string }
  | { readonly kind: 'heal' | 'restart-controller' }
  /** One of the operations that run is given up. */
  | { readonly kind: 'abort'; readonly nth: number }
  | { readonly kind: 'fault'; readonly node: string; readonly fault: Fault }
  | { readonly kind: 'pass'; readonly ms: number }

export const nodes = ['n1', 'n2', 'n3', 'n4']

/** As a client sends it: parsed by the schema that the controller has. */
export function commandOf({ type, args }: Extract<Step, { kind: 'command' }>): Command {
  const schema: z.ZodType = commands[type]
  // The schema is the one of the type.
  return { type, args: schema.parse(args) } as Command
}
