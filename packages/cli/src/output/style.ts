/** Colours, on a terminal only. */
import { styleText } from 'node:util'

export type Color = 'red' | 'yellow' | 'green' | 'dim' | 'bold'
export type Style = (color: Color | undefined, text: string) => string

export const plain: Style = (_, text) => text

export const colored: Style = (color, text) =>
  // Whether the output is a terminal has been decided by our caller.
  color === undefined ? text : styleText(color, text, { validateStream: false })
