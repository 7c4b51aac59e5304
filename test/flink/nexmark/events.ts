/**
 * Persons, auctions and bids of an auction house, as Nexmark has them (https://github.com/nexmark/nexmark: one person and three
 * auctions to 46 bids, hot auctions and hot bidders), from a seed. Bids come up to 2 s out of order.
 */
import { seededRandom } from '../../../src/base/random.ts'
import type { FlinkTable, Json } from '../cases.ts'

const START = Date.UTC(2026, 0, 1)
const EVENTS = 500
const STEP_MS = 121
/** Prices are whole multiples of at least this, and the number of the event. */
const PRICE = 1000
const MOST_LATE_MS = 2000
/** Of 50 events, the first is a person and the next three are auctions. */
const CYCLE = 50
const AUCTIONS = 3
/** One in two bids is for one of the last auctions. */
const HOT = 0.5
const CHANNELS = ['Google', 'Facebook', 'Baidu', 'Apple']
const CITIES = ['Phoenix', 'Boise', 'Portland', 'Seattle']

const WATERMARK = "`dateTime` - INTERVAL '4' SECOND"

export type NexmarkSize = {
  /** Rows of all tables together. */
  readonly events: number
  /** Event time from one to the next. */
  readonly stepMs: number
  /** No bid is before this, ms since 1970. */
  readonly earliest: number
}

/** The tables person, auction and bid; by default as small as the tests want them. */
export function nexmarkTables(
  seed: number,
  { events, stepMs, earliest }: NexmarkSize = { events: EVENTS, stepMs: STEP_MS, earliest: START },
): { readonly [name: string]: FlinkTable } {
  const { next, below } = seededRandom(seed)
  // No two bids have the same price, so that an order by price is one of all bids.
  const price = (event: number) => (1 + below(500)) * Math.max(PRICE, events) + event
  const rows = { person: [] as Json[][], auction: [] as Json[][], bid: [] as Json[][] }
  for (let event = 0; event < events; event++) {
    const ms = START + event * stepMs
    const kind = event % CYCLE
    const persons = rows.person.length
    if (kind === 0) {
      const city = CITIES[below(CITIES.length)] as string
      rows.person.push([persons, `person ${below(7)}`, `p${persons}@example.org`, city, timeText(ms)])
    } else if (kind <= AUCTIONS) {
      const id = rows.auction.length
      rows.auction.push([
        id,
        `item ${below(9)}`,
        below(1000),
        timeText(ms),
        timeText(ms + below(20_000)),
        below(persons),
        10 + below(5),
      ])
    } else {
      const auctions = rows.auction.length
      const auction = next() < HOT ? Math.max(0, auctions - 1 - below(3)) : below(auctions)
      const time = timeText(Math.max(earliest, ms - below(MOST_LATE_MS)))
      const channel = CHANNELS[below(CHANNELS.length)] as string
      rows.bid.push([auction, below(persons), price(event), channel, time, `extra ${event}`])
    }
  }
  return {
    person: table(
      [
        ['id', 'BIGINT'],
        ['name', 'STRING'],
        ['emailAddress', 'STRING'],
        ['city', 'STRING'],
      ],
      [],
      rows.person,
    ),
    auction: table(
      [
        ['id', 'BIGINT'],
        ['itemName', 'STRING'],
        ['initialBid', 'BIGINT'],
      ],
      [
        ['expires', 'TIMESTAMP(3)'],
        ['seller', 'BIGINT'],
        ['category', 'BIGINT'],
      ],
      rows.auction,
    ),
    bid: table(
      [
        ['auction', 'BIGINT'],
        ['bidder', 'BIGINT'],
        ['price', 'BIGINT'],
        ['channel', 'STRING'],
      ],
      [['extra', 'STRING']],
      rows.bid,
    ),
  }
}

type Columns = FlinkTable['columns']

const table = (before: Columns, after: Columns, rows: FlinkTable['rows']): FlinkTable => ({
  columns: [...before, ['dateTime', 'TIMESTAMP(3)'], ...after],
  rows,
  rowtime: 'dateTime',
  watermark: WATERMARK,
})

const timeText = (ms: number): string => new Date(ms).toISOString().slice(0, 23)
