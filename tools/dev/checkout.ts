import { delimiter, join } from 'node:path'

/** The checkout's root. */
export const checkout: string = join(import.meta.dirname, '../..')

/** Our environment with the project's own Node and tools first in PATH. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  const tools = join(checkout, 'node_modules/.bin')
  return { ...process.env, PATH: `${tools}${delimiter}${process.env.PATH ?? ''}` }
}
