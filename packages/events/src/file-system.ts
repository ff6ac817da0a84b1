/** The file system that a new volume gets before its first use (`FileSystem/*`). */
import { z } from 'zod'
import { type Chain, firstOf } from './property/inherit.ts'
import { splitOptions } from './size/luks.ts'

export const FileSystem = z.strictObject({
  type: z.enum(['ext4', 'xfs']),
  /** Further arguments of mkfs. */
  params: z.array(z.string()),
  /** Owner of its root: a name or a number, known on the node that makes it. */
  user: z.string().optional(),
  group: z.string().optional(),
})
export type FileSystem = z.infer<typeof FileSystem>

/** Undefined: none is asked for. `chain`: most specific first. */
export function fileSystemOf(chain: Chain): FileSystem | undefined {
  const wanted = firstOf('FileSystem/Type', chain)
  if (wanted === undefined) return undefined
  const type = FileSystem.shape.type.safeParse(wanted)
  if (!type.success) return undefined
  const user = firstOf('FileSystem/User', chain)
  const group = firstOf('FileSystem/Group', chain)
  return {
    type: type.data,
    params: splitOptions(firstOf('FileSystem/MkfsParams', chain)),
    ...(user === undefined ? {} : { user }),
    ...(group === undefined ? {} : { group }),
  }
}
