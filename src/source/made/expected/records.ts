/** The records that a generator makes, one by one, with what became of each; for tests and for the right answers. */
import { FATE } from '../dials/fates.ts'
import { FLAW_CODES, FLAWS, type Flaw } from '../dials/flaw.ts'
import { ipFlawedField } from '../ip/ip-logs.ts'
import { openMadeLog } from '../kinds.ts'
import type { GeneratorOptions, KindName } from '../options.ts'
import { paymentFlawedField } from '../payments/payments.ts'
import type { PaymentPools } from '../payments/pools.ts'

export type MadeRecord = {
  /** Its number, from 0: in a topic with p partitions it is in partition n modulo p. */
  readonly n: number
  /** Whose contents it has: its own number, or that of the record it repeats. */
  readonly of: number
  readonly fate: FateName
  /** What is wrong with it, if it is bad. */
  readonly flaw: Flaw | undefined
  /** The column that is wrong, where one is. */
  readonly field: string | undefined
  /** As JSON, or as a line; bytes that are not UTF-8 are U+FFFD. */
  readonly text: string
}

export type FateName = keyof typeof FATE

const NAMES = Object.keys(FATE) as FateName[]
const FIELDS: Readonly<Partial<Record<KindName, typeof ipFlawedField>>> = {
  'ip-logs': ipFlawedField,
  payments: paymentFlawedField,
}
const BATCH = 4096

export type Making = {
  /** The start of the event times of a log with `start: now`, ms since 1970. */
  readonly now?: number
  readonly pools?: PaymentPools | undefined
}

/** The records of the options; without a count they never end. */
export function* madeRecords(options: GeneratorOptions, { now = 0, pools }: Making = {}): Generator<MadeRecord> {
  const log = openMadeLog(options, { place: undefined, capacity: BATCH, now, pools })
  const count = options.count ?? options.lines ?? Number.POSITIVE_INFINITY
  while (log.line < count) {
    const first = log.line
    const { bytes, start, end, count: made } = log.make(Math.min(BATCH, count - first))
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const { numbers, fates, flaws } = log.last
    for (let row = 0; row < made; row++) {
      const code = flaws[row] as number
      yield {
        n: first + row,
        of: numbers[row] as number,
        fate: NAMES[fates[row] as number] as FateName,
        flaw: FLAWS.find((flaw) => FLAW_CODES[flaw] === code),
        field: code === 0 ? undefined : FIELDS[options.like]?.(code, first + row),
        text: text.toString('utf8', start[row], end[row]),
      }
    }
  }
}
