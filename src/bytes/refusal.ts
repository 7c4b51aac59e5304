/** Says that bytes are not read: what they are, and which program makes text of them. */
import { Failure, inShell } from '../base/failure.ts'
import type { ByteKind, Packing } from './byte-kind.ts'

type Other = Extract<ByteKind, { kind: 'other' }>

/**
 * What to do with the text that a program makes of the bytes: `command` reads the file, `filter` standard input, where the
 * program can.
 */
export type ReadAgain = (command: string, filter: string | undefined) => string | undefined

/** For files of the command `query`. */
export const pipedToQuery: ReadAgain = (command) => `${command} | tailrace query … -`

/** What is said of a file that is read elsewhere. */
const PARQUET = 'is a Parquet file'

/** The Failure `not-text` for bytes that are not read. Its hint is a command line, where a program makes text of them. */
export function refusal(name: string, { is, tool }: Other, again: ReadAgain = pipedToQuery): Failure {
  const hint = tool === undefined ? undefined : again(tool.replace('FILE', inShell(name)), filterOf(tool))
  const why =
    is === PARQUET
      ? 'which has no lines: tailrace query reads it, as a file with a name'
      : 'which tailrace does not read'
  return new Failure('not-text', `${name} ${is}, ${why}`, { hint })
}

/** Whether what a file, stream or body has is refused: others are read. */
export const isRefusal = (error: unknown): error is Failure => error instanceof Failure && error.code === 'not-text'

/** Why bytes are not read that were packed with `packing`. */
export function withinPacked(within: Exclude<ByteKind, { kind: 'text' }>, packing: Packing): Other {
  const { is, tool } =
    within.kind === 'other' ? within : { is: `is packed with ${within.packing}`, tool: catOf(within.packing) }
  const filter = tool === undefined ? undefined : filterOf(tool)
  return {
    kind: 'other',
    is: `is packed with ${packing}, and what is in it ${is}`,
    tool: filter === undefined ? undefined : `${catOf(packing)} | ${filter}`,
  }
}

const catOf = (packing: Packing): string => (packing === 'gzip' ? 'zcat FILE' : 'zstdcat FILE')

/** The program as it reads standard input; undefined where it reads only files. */
function filterOf(tool: string): string | undefined {
  if (/^(unzip|7z|unrar|journalctl|tcpdump|pdftotext)/.test(tool)) return undefined
  return tool.startsWith('tar') ? 'tar -xOf -' : tool.replace(/ <? ?FILE/, '')
}

/** The message of a refusal and what to do about it, in one line. */
export const refusalText = ({ message, hint }: Failure): string =>
  hint === undefined ? message : `${message}: ${hint}`
