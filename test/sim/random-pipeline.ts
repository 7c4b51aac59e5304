/** Random pipelines and streams: several queries of each kind over topics of different speed. */
import type { Random } from '../../src/base/random.ts'

export type MadePipeline = {
  readonly text: string
  /** `passes`: its rows are records of the topic as they came. */
  readonly queries: readonly {
    readonly name: string
    readonly sql: string
    readonly passes: boolean
    /** Of first rows. */
    readonly ttl: string | undefined
  }[]
}

/** The topics that a stream fills, and their partitions. */
export const FILLED: Readonly<Record<string, number>> = { access: 3, rare: 2 }

const topicText = (name: string, partitions: number) => `
  ${name}:
    partitions: ${partitions}
    format: { json: { columns: { ts: TIMESTAMP(3), k: STRING, v: INT } } }
    watermark: ts - INTERVAL '2' SECOND
    idle: 10s`

type Chance = { one<T>(of: readonly T[]): T }

function windowText(chance: Chance, table: string, time: string): string {
  const window = chance.one([
    "TUMBLE(INTERVAL '10' SECOND)",
    "TUMBLE(INTERVAL '7' SECOND)",
    "HOP(INTERVAL '5' SECOND, INTERVAL '20' SECOND)",
    "HOP(INTERVAL '2' SECOND, INTERVAL '6' SECOND)",
    "CUMULATE(INTERVAL '5' SECOND, INTERVAL '15' SECOND)",
  ])
  return `TABLE(${window.replace('(', `(TABLE ${table}, DESCRIPTOR(${time}), `)})`
}

const AGGREGATES = [
  'COUNT(*)',
  'SUM(v)',
  'COUNT(DISTINCT v)',
  'MIN(v)',
  'MAX(k)',
  'AVG(v)',
  'STDDEV_SAMP(v)',
  'COUNT(*) FILTER (WHERE v > 2)',
  'SUM(DISTINCT v)',
]

function grouped(chance: Chance, table: string, time = 'ts'): string {
  const keys = chance.one([[], ['k'], ['v'], ['k', 'v']])
  const by = ['window_start', 'window_end', ...keys].join(', ')
  const where = chance.one(['', '', " WHERE k <> 'b'", ' WHERE v > 1 OR v IS NULL'])
  const having = chance.one(['', '', ' HAVING COUNT(*) > 1'])
  const first = chance.one(AGGREGATES)
  return `SELECT ${by}, ${first} AS n, ${chance.one(AGGREGATES)} AS m FROM ${windowText(chance, table, time)}${where} GROUP BY ${by}${having}`
}

const ranked = (chance: Chance, from: string, order: string) =>
  `SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY ${order}) AS nth FROM ${from}) WHERE nth <= ${chance.one([1, 2, 3])}`

const united = (sql: (table: string) => string) =>
  `WITH united AS (SELECT ts, k, v FROM access UNION ALL SELECT ts, k, v FROM rare) ${sql('united')}`

/** The first row of each key; together with a second: of its seconds. */
const first = (chance: Chance, of = 'access') =>
  `SELECT ts, k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY ${chance.one(['k, v', 'v', 'k, v, FLOOR(ts TO MINUTE)', 'k, EXTRACT(SECOND FROM ts)'])} ORDER BY ts) AS nth FROM ${of}) WHERE nth ${chance.one(['= 1', '<= 1', '< 2'])}`

const OVER_AGGREGATES = ['COUNT(*)', 'SUM(v)', 'MIN(v)', 'MAX(k)', 'AVG(CAST(v AS DOUBLE))', 'STDDEV_SAMP(v)']

/** Two aggregates over frames of rows; those with `bounded` begin at a time before the row. */
function over(chance: Chance, bounded: boolean, of = 'access', time = 'ts'): string {
  const by = chance.one(['', 'PARTITION BY k', 'PARTITION BY k, v', 'PARTITION BY v'])
  const frames = bounded
    ? ['1', '3', '20'].map((size) => `RANGE BETWEEN INTERVAL '${size}' SECOND PRECEDING AND CURRENT ROW`)
    : ['ROWS 2 PRECEDING', '', 'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW', 'ROWS 70 PRECEDING']
  const calls = ['a', 'b'].map((name) => `${chance.one(OVER_AGGREGATES)} OVER w AS ${name}`)
  return `SELECT ${time}, k, v, ${calls.join(', ')} FROM ${of} WINDOW w AS (${by} ORDER BY ${time} ${chance.one(frames)})`
}

/** Each kind of query is there twice; it may read the rows of a kind before it. */
const KINDS: Readonly<Record<string, (chance: Chance) => string>> = {
  counted: (chance) => grouped(chance, 'access'),
  distinct: (chance) => `SELECT DISTINCT window_start, window_end, k FROM ${windowText(chance, 'access', 'ts')}`,
  top: (chance) => ranked(chance, `(${grouped(chance, 'access')})`, 'n DESC'),
  last: (chance) => ranked(chance, windowText(chance, 'access', 'ts'), 'ts DESC, k, v'),
  both: (chance) => united((table) => grouped(chance, table)),
  few: (chance) => `SELECT ts, k, v + 1 AS v FROM access WHERE ${chance.one(["k <> 'a'", 'v > 1'])}`,
  few_counted: (chance) => grouped(chance, chance.one(['few_0', 'few_1'])),
  timed: () =>
    `SELECT window_time AS t, k, CAST(COUNT(*) AS INT) AS v FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, window_time, k`,
  first: (chance) => first(chance),
  first_counted: (chance) => grouped(chance, chance.one(['first_0', 'first_1'])),
  first_of_both: (chance) => united((table) => first(chance, table)),
  counted_firsts: (chance) => `WITH firsts AS (${first(chance)}) ${grouped(chance, 'firsts')}`,
  over: (chance) => over(chance, true),
  over_endless: (chance) => over(chance, false),
  over_of_both: (chance) => united((table) => over(chance, true, table)),
  over_windows: (chance) => over(chance, chance.one([true, false]), chance.one(['timed_0', 'timed_1']), 't'),
  over_counted: (chance) => grouped(chance, chance.one(['over_0', 'over_1'])),
  minutes: (chance) => grouped(chance, chance.one(['timed_0', 'timed_1']), 't'),
}

const KEEPS_KEYS = ['first', 'first_of_both', 'over_endless']

const queryText = ({
  name,
  sql,
  ttl,
}: {
  readonly name: string
  readonly sql: string
  readonly ttl: string | undefined
}) => `  ${name}: { sql: ${JSON.stringify(sql)}${ttl === undefined ? '' : `, state: { ttl: ${ttl} }`} }`

export function makePipeline(random: Random): MadePipeline {
  const chance: Chance = { one: (of) => of[random.below(of.length)] as (typeof of)[number] }
  const queries = Object.entries(KINDS).flatMap(([kind, make]) =>
    [0, 1].map((i) => ({
      name: `${kind}_${i}`,
      sql: make(chance),
      passes: kind === 'few',
      ttl: KEEPS_KEYS.includes(kind) ? chance.one(['7s', '20s', 'forever']) : undefined,
    })),
  )
  const topics = Object.entries(FILLED).map(([name, partitions]) => topicText(name, partitions))
  const text = `version: 1
name: p
topics:${topics.join('')}
queries:
${queries.map(queryText).join('\n')}
`
  return { text, queries }
}

/** Records for a partition, or silence. */
export type Event =
  | { readonly topic: string; readonly partition: number; readonly records: readonly string[] }
  | { readonly silence: number }

/** Partitions of different speed, with pauses long and short, out of order: now and then by more than the delay, or from the future, if `late`. */
export function makeStream(random: Random, { turns, late }: { turns: number; late: boolean }): readonly Event[] {
  const events: Event[] = []
  for (let second = 0, turn = 0; turn < turns; turn++) {
    const topic = random.below(5) === 0 ? 'rare' : 'access'
    const partition = Math.min(random.below(FILLED[topic] as number), random.below(4))
    const records = Array.from({ length: 1 + random.below(4) }, () => {
      second += random.next()
      const ms = 1000 * second - (late && random.next() < 0.1 ? 9000 : (late ? 2500 : 1900) * random.next())
      const year = late && random.below(15) === 0 ? 2090 : 1995
      const ts = new Date(Date.UTC(year, 6, 1) + ms).toISOString().slice(0, -1)
      const record = JSON.stringify({ ts, k: 'abc'[random.below(3)], v: random.below(6) || null })
      return late && random.below(20) === 0 ? record.slice(1) : record
    })
    events.push({ topic, partition, records })
    if (late && random.next() < 0.15) {
      const silence = 5000 + random.below(25_000)
      events.push({ silence })
      second += silence / 1000
    }
  }
  return [...events, { silence: 120_000 }]
}
