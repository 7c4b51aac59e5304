/** The options by which the records of a format may go on in the next lines, the same in each format that has them. */
import { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import type { Records } from '../../record/column.ts'
import { textBetween } from '../../record/records.ts'
import type { OptionShape, Spanning } from '../format.ts'
import type { OptionParts } from '../option-parts.ts'
import { withoutCr } from '../scan/record-decoder.ts'
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

/** What the options say. */
export type MultiLine = { begins(text: string): boolean; readonly mostLines: number; readonly waitMs: Duration }

/** What the options say; undefined where each line is a record. Throws a Failure `usage` for a bad pattern. */
export function readMultiLine(options: MultiLineOptions): MultiLine | undefined {
  const { begins, most_lines: mostLines = MOST_LINES, wait: waitMs = WAIT_MS } = options
  if (begins !== undefined) return { begins: linePattern(begins, 'begins'), mostLines, waitMs }
  const [given] = (['most_lines', 'wait'] as const).filter((name) => options[name] !== undefined)
  if (given === undefined) return undefined
  throw new Failure('usage', `${given} is about records of several lines, and needs begins`, {
    part: [given],
    hint: "begins: '^\\d{4}-' says that a line with a year begins a record, and that others go on with it",
  })
}

/** Throws a Failure `usage` if a format inside another has them: lines are put together before any text is read. */
export function refuseInside({ begins }: MultiLineOptions): void {
  if (begins === undefined) return
  throw new Failure('usage', 'the format inside another knows no lines, so begins has nothing to do here', {
    part: ['begins'],
    hint: 'Where the format around it has begins too (regex, lines, cri, docker), write it there.',
  })
}

/** How the lines of records are put together; undefined where each is a record. Throws like `readMultiLine`. */
export function multiLine(options: MultiLineOptions): Spanning | undefined {
  const found = readMultiLine(options)
  if (found === undefined) return undefined
  const { begins, mostLines, waitMs } = found
  const isBeginning = ({ bytes, start, end }: Records, line: number) => {
    const from = start[line] as number
    return begins(textBetween(bytes, from, withoutCr(bytes, from, end[line] as number)))
  }
  return { isSeen: true, join: joinToBeginnings(isBeginning, mostLines), waitMs }
}
