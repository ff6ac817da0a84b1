/** Files that users keep in the cluster, and that nodes get with the resources they belong to. */
import { z } from 'zod'

export const fileLimits = {
  /** Characters of a path, as LINSTOR counts them. */
  path: 1024,
  /** Bytes of one file: it stands in one block of the log, twice, and a block fits into a message. */
  bytes: 65_536,
  /** Of all together: those of a node stand in one document, which fits into a message of 1 MiB. */
  totalBytes: 524_288,
  suffixes: 8,
} as const

/**
 * Absolute, and spelled in the one way that there is: a path with `..` or `//` would pass a list of
 * allowed directories by its looks.
 */
export const FilePath = z
  .string()
  .max(fileLimits.path, `a path has at most ${fileLimits.path} characters`)
  .refine((path) => isPlainPath(path), {
    message: 'a file has an absolute path without ., .. and empty parts, and is no directory',
  })

function isPlainPath(path: string): boolean {
  const [first, ...parts] = path.split('/')
  if (first !== '' || parts.length === 0) return false
  return parts.every((part) => part !== '' && part !== '.' && part !== '..' && isPrintable(part))
}

function isPrintable(part: string): boolean {
  return [...part].every((letter) => letter >= ' ' && letter !== '\u007f')
}

/** `.disabled`: a file of that name is the same file, in another state. */
export const FileSuffix = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,32}$/, 'a suffix has 1 to 32 letters, digits, ., _ and -')

export const FileContent = z.base64({ error: 'the content is base64' })

/** The directory whose name has to stand in a satellite's list, to the letter. */
export function parentOfFile(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

/** Bytes of a text in base64. */
export function bytesOf(content: string): number {
  const padding = content.endsWith('==') ? 2 : content.endsWith('=') ? 1 : 0
  return (content.length / 4) * 3 - padding
}

/** Property of a definition that has the file: LINSTOR's key. */
export const fileNamespace = 'files/'
export const fileKey = (path: string): string => `${fileNamespace}${path.slice(1)}`

/** Paths of the files that properties name. */
export function filesIn(props: Readonly<Record<string, string>>): string[] {
  const keys = Object.keys(props).filter((key) => key.startsWith(fileNamespace))
  return keys.map((key) => key.slice(fileNamespace.length - 1))
}
