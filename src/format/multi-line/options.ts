/** The options by which the records of a format may go on in the next lines, the same in each format that has them. */

import { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import type { OptionShape, Spanning } from '../format.ts'
import type { OptionParts } from '../option-parts.ts'
import { joinToBeginnings } from './begins.ts'
import { linePattern } from './line-pattern.ts'

export type MultiLineOptions = {
  /** A regular expression that is found in the first line of each record, and in no other. */
  readonly begins?: string | undefined
  readonly most_lines?: number | undefined
  /** How long a record waits for more lines. */
  readonly wait?: Duration | undefined
}

/** The schemas of these options. */
export const multiLineOptions = ({ z, duration }: OptionParts): OptionShape<MultiLineOptions> => ({
  begins: z.string().optional(),
  most_lines: z.int().min(2).max(100_000).optional(),
  wait: duration.optional(),
})

const MOST_LINES = 500
const WAIT_MS = 5000

/** How the lines of records are put together; undefined where each is a record. Throws a Failure `usage` for a bad pattern. */
export function multiLine(options: MultiLineOptions): Spanning | undefined {
  const { begins, most_lines: mostLines = MOST_LINES, wait = WAIT_MS } = options
  if (begins === undefined) {
    const [given] = (['most_lines', 'wait'] as const).filter((name) => options[name] !== undefined)
    if (given === undefined) return undefined
    throw new Failure('usage', `${given} is about records of several lines, and needs begins`, {
      part: [given],
      hint: "begins: '^\\d{4}-' says that a line with a year begins a record, and that others go on with it",
    })
  }
  return { isSeen: true, join: joinToBeginnings(linePattern(begins, 'begins'), mostLines), waitMs: wait }
}
