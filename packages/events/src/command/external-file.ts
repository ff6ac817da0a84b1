/** Commands about files that nodes get with the resources they belong to. */
import { z } from 'zod'
import { FileContent, FilePath, FileSuffix, fileLimits } from '../external-file.ts'
import { DefinitionName } from '../names.ts'

const about = z.strictObject({ file: FilePath, definition: DefinitionName })

export const externalFileCommands = {
  /** Makes it where there is none. What is not given stays. */
  'external-file.modify': z.strictObject({
    file: FilePath,
    /** Base64. */
    content: FileContent.optional(),
    altSuffixes: z.array(FileSuffix).max(fileLimits.suffixes).optional(),
  }),
  /** It goes from all definitions and nodes that have it. */
  'external-file.delete': z.strictObject({ file: FilePath }),
  /** Nodes with a resource of the definition get it. */
  'external-file.deploy': about,
  'external-file.undeploy': about,
}
