/** Says that bytes are not read: what they are, and which program makes text of them. */
import { Failure } from '../base/failure.ts'
import type { Kind } from './kind.ts'

type Other = Extract<Kind, { kind: 'other' }>

/** What to do with the text that a tool prints; FILE stands for the command. */
export type ReadAgain = (command: string) => string

/** For the command `query`. */
export const pipedToQuery: ReadAgain = (command) => `${command} | tailrace query … -`

/** The Failure `not-text` for bytes that are not read. Its hint is a command line, where a program makes text of them. */
export function refusal(name: string, { is, tool }: Other, again: ReadAgain = pipedToQuery): Failure {
  const hint = tool === undefined ? undefined : again(tool.replace('FILE', quoted(name)))
  return new Failure('not-text', `${name} ${is}, which tailrace does not read`, { hint })
}

/** The message of a refusal and what to do about it, in one line. */
export const refusalText = ({ message, hint }: Failure): string =>
  hint === undefined ? message : `${message}: ${hint}`

/** The name as a shell reads it. */
const quoted = (name: string): string => (/^[\w./:@%+,=-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`)
