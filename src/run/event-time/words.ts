/** What is wrong with the times of records, in words that say what to do. */
import type { Duration, EventTime } from '../../base/quantity.ts'
import { zoneRules } from '../../base/timezone.ts'
import { countText, durationText, roundSpan } from '../../base/units.ts'
import { commandText, repairText, type WhichText } from '../../history/command-text.ts'
import type { WatermarkAhead } from '../../runner/ahead-meter.ts'
import type { FutureTally, LateTally } from '../../topic/dead-tally.ts'
import { enoughDelay, latenessText, wallText } from '../../topic/late-rows.ts'

/** A warning names a query that loses more than this part of its rows. */
const MUCH = 0.01

/** The rows of a query that were late for all their windows, or for some. */
export const lostOf = ({ rows, partly }: Pick<LateTally, 'rows' | 'partly'>): number => rows + partly

/** Whether a query loses more rows than a person expects. */
export const losesMuch = (tally: Pick<LateTally, 'rows' | 'partly' | 'read'>): boolean =>
  lostOf(tally) > MUCH * Math.max(tally.read, lostOf(tally))

/** `47 of 50 rows (94 %) came too late`. */
export function lostText(tally: Pick<LateTally, 'rows' | 'partly' | 'read'>): string {
  const lost = lostOf(tally)
  const read = Math.max(tally.read, lost)
  const percent = (100 * lost) / read
  const share = percent >= 99.95 ? '100' : percent.toPrecision(percent < 10 ? 2 : 3)
  const some =
    tally.partly === 0 ? '' : tally.rows === 0 ? ' for some of their windows' : ' for some or all of their windows'
  const rows = countText(read, 'row')
  return `${lost.toLocaleString('en-US')} of ${rows} (${Number(share)} %) came too late${some}`
}

export type LateQuery = {
  readonly query: string
  /** Why its rows cannot be repaired; undefined where they can. */
  readonly incomparable: string | undefined
  /** The topics that it reads, with the delay of their watermark. */
  readonly reads: readonly { readonly topic: string; readonly delayMs: Duration }[]
  /** What else is wrong with the times of these topics: their zone. */
  readonly also: string
  readonly which: WhichText
}

/** The share that a query has lost, the delay that would have kept it, and how to repair its rows. */
export function lateWarning(
  tally: Readonly<LateTally>,
  { query, incomparable, reads, also, which }: LateQuery,
): string {
  const isMany = reads.length > 1
  const delays = reads.map(({ topic, delayMs }) => {
    const of = isMany ? ` of ${topic}` : ''
    return `${enoughDelay(delayMs + tally.greatestMs)}${of} (it is ${durationText(delayMs)})`
  })
  const span = { from: wallText(tally.from), to: wallText(tally.to) }
  const repair =
    incomparable === undefined
      ? `To count them: ${repairText(query, span, which)}`
      : `To count them, start it anew with a longer delay: tailrace run … --reset ${query}=earliest`
  const parts = [
    `query ${query}: ${lostText(tally)}, by up to ${latenessText(tally.greatestMs)}; they are dead letters`,
    `A watermark delay of ${delays.join(', ')} would have kept them${also}`,
    repair,
  ]
  return parts.join('. ')
}

export type FromTopic = {
  readonly topic: string
  /** What fills it: "file log/*.json". */
  readonly sources: readonly string[]
  readonly maxAheadMs: Duration
  readonly which: WhichText
}

/** Records that were refused because they are from the future. */
export function futureWarning(
  { records, last }: FutureTally,
  { topic, sources, maxAheadMs, which }: FromTopic,
): string | undefined {
  if (last === undefined) return undefined
  const { partition, offset, reason } = last
  const by = sources.length === 0 || sources.length > 2 ? '' : `, from ${sources.join(' or ')}`
  const what =
    records === 1 ? 'a record is from the future' : `${countText(records, 'record')} are from the future, the last`
  const rest = `more than max_ahead, ${durationText(maxAheadMs)}: a dead letter that moves no watermark`
  return `topic ${topic}: ${what} at partition ${partition}, offset ${offset}${by}: ${reason}, ${rest}. See: ${commandText(['dead', topic, '--kind', 'future'], which)}`
}

/** A watermark that closes windows before their time. */
export function aheadWarning(ahead: WatermarkAhead, topic: string, also: string): string {
  const { partition, before, watermark, arrival } = ahead
  const by = roundSpan(watermark - arrival)
  return `topic ${topic}, partition ${partition}: before offset ${before} the watermark is ${by} ahead of the arrival of its records; what comes now with the right time is late${also}`
}

const HALF_HOUR_MS = 30 * 60_000
/** Records come some time after they were written, and clocks differ by less. */
const ON_THE_WAY_MS = 10 * 60_000
const CLOCKS_DIFFER_MS = 60_000

export type Zoneless = {
  /** The zone that times without one are read in. */
  readonly zone: string
  /** That of this machine. */
  readonly machineZone: string
  /** By how much the greatest event time was ahead of its arrival. */
  readonly aheadMs: Duration
  readonly arrival: EventTime
}

/** The zone that times without one seem to be of; '' where they are not whole half hours ahead. */
export function zoneHint({ zone, machineZone, aheadMs, arrival }: Zoneless): string {
  const steps = Math.ceil((aheadMs - CLOCKS_DIFFER_MS) / HALF_HOUR_MS)
  const off = steps * HALF_HOUR_MS
  if (steps <= 0 || off - aheadMs > ON_THE_WAY_MS) return ''
  const offset = zoneRules(zone).offsetAt(arrival) + off
  if (offset > 14 * 2 * HALF_HOUR_MS) return ''
  const here = zoneRules(machineZone).offsetAt(arrival) === offset ? machineZone : undefined
  const hours = offset / (2 * HALF_HOUR_MS)
  const whole = Number.isInteger(hours)
    ? hours === 0
      ? 'UTC'
      : `Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}`
    : undefined
  const name = here ?? whole
  const write = name === undefined ? '' : ` (write timezone: ${name})`
  return `. Its times have no zone, are read as ${zone}, and are ${roundSpan(off)} ahead: they seem to be of ${offsetText(offset)}${write}`
}

function offsetText(offset: Duration): string {
  if (offset === 0) return 'UTC'
  const minutes = Math.abs(offset) / 60_000
  const two = (number: number) => String(number).padStart(2, '0')
  return `UTC${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
