/**
 * What a terminal can show. NO_COLOR (https://no-color.org) takes colour away everywhere, and nothing else; a terminal that
 * calls itself dumb is never drawn over.
 */

export type OutputStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  hasColors?(): boolean
}

export type Colours = { readonly [colour in keyof typeof CODES]: (text: string) => string }

const CODES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39] } as const

/** Whether text written to the stream may be coloured. */
export function hasColour(stream: OutputStream, environment: NodeJS.ProcessEnv): boolean {
  if (environment.NO_COLOR !== undefined && environment.NO_COLOR !== '') return false
  if (environment.FORCE_COLOR !== undefined && environment.FORCE_COLOR !== '0') return true
  return canRedraw(stream, environment)
}

/** Whether what the stream shows can be drawn over. */
export const canRedraw = (stream: OutputStream, environment: NodeJS.ProcessEnv): boolean =>
  stream.isTTY === true && environment.TERM !== 'dumb'

/** The cells of a line; undefined for files and pipes, and for a terminal that says 0, as it does not know. */
export const widthOf = ({ isTTY, columns }: OutputStream): number | undefined =>
  isTTY === true ? columns || undefined : undefined

/** Functions that colour a text, or leave it as it is. */
export function coloursIf(isColoured: boolean): Colours {
  const entries = Object.entries(CODES).map(([name, [on, off]]) => [
    name,
    (text: string) => (isColoured ? `\x1b[${on}m${text}\x1b[${off}m` : text),
  ])
  return Object.fromEntries(entries) as Colours
}
