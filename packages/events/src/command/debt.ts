/** Commands about what absent nodes still hold. */
import { z } from 'zod'
import { DefinitionName, NodeName } from '../names.ts'

export const debtCommands = {
  /** Nothing is removed there by Varve any more: somebody sees to it, or the disks are gone. */
  'debt.forgive': z.strictObject({ node: NodeName, definition: DefinitionName }),
}
