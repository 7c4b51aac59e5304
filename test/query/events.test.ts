/** Real events as JSON lines and as tab-separated values, against tables made by jq and awk. */
import { expect } from 'vitest'
import { dataPath, readData, readFacts, testWithData } from '../format/shared-data.ts'
import { ask } from './ask.ts'

/** Times as ISO text to the second, as jq writes them. */
const isoTime = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')

const minutesOf = (table: string, column: string) =>
  `TABLE(TUMBLE(TABLE ${table}, DESCRIPTOR(${column}), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end`

const GITHUB = dataPath('events/gharchive-2015-01-01-0.ndjson.gz')
const NASA = dataPath('events/nasa-1995-08-01.tsv.gz')

const TABLES = [
  {
    what: 'GitHub: events by type and minute, the time being ISO text',
    file: GITHUB,
    sql: `SELECT window_start, type, COUNT(*) AS events FROM ${minutesOf('log', 'created_at')}, type`,
    time: isoTime,
    expected: 'gharchive-2015-01-01-0/events-per-minute-by-type',
    read: { lines: 7702, dead: 0, formats: ['json'] },
  },
  {
    what: 'GitHub: distinct actors by minute, members of nested objects being columns',
    file: GITHUB,
    sql: `SELECT window_start, COUNT(DISTINCT actor_id) AS actors FROM ${minutesOf('log', 'created_at')}`,
    time: isoTime,
    expected: 'gharchive-2015-01-01-0/distinct-actors-per-minute',
    read: { lines: 7702 },
  },
  {
    what: 'NASA as tsv: methods by minute, the time being epoch seconds in a column with a reserved name',
    file: NASA,
    sql: `WITH timed AS (SELECT TO_TIMESTAMP_LTZ(\`time\`, 0) AS ts, \`method\` FROM log)
      SELECT window_start, \`method\`, COUNT(*) AS hits FROM ${minutesOf('timed', 'ts')}, \`method\``,
    time: (ms: number) => ms / 1000,
    expected: 'nasa-1995-08-01/method-per-minute',
    read: { lines: 30_969, dead: 0, formats: ['tsv'] },
  },
]
for (const { what, file, sql, time, expected, read } of TABLES) {
  testWithData(what, async () => {
    const answer = await ask(sql, file)
    expect(answer).toMatchObject(read)
    const rows = answer.values.map(([start, ...rest]) => `${[time(Number(start)), ...rest].join('\t')}\n`)
    expect(rows.join('')).toBe(readData(`expected/${expected}.tsv`).toString())
  })
}

testWithData('GitHub: facts', async () => {
  const { values: facts, tables } = readFacts('gharchive-2015-01-01-0')
  const { values } = await ask(
    `SELECT COUNT(DISTINCT id), COUNT(*) FILTER (WHERE type = 'PushEvent'), SUM(payload_size) FROM log`,
    GITHUB,
  )
  expect(values).toEqual([
    ['distinct_ids', 'push_events', 'push_size_total'].map((fact) => BigInt(facts.get(fact) ?? -1)),
  ])
  const types = await ask('SELECT type, COUNT(*) AS hits FROM log GROUP BY type ORDER BY hits DESC, type', GITHUB)
  expect(types.values.map(([type, hits]) => [type, Number(hits)])).toEqual(tables.get('by_type'))
})

testWithData('GitHub: a part of SQL that tailrace does not have is refused with a message', async () => {
  const commits = 'SELECT sha FROM log CROSS JOIN UNNEST(payload_commits) AS t(sha)'
  await expect(ask(commits, GITHUB)).rejects.toMatchObject({ name: 'Failure', code: 'sql' })
})

testWithData('NASA as tsv: facts', async () => {
  const { values, tables } = readFacts('nasa-1995-08-01')
  const total = await ask('SELECT SUM(`bytes`), COUNT(referer), COUNT(useragent) FROM log', NASA)
  expect(total.values).toEqual([[BigInt(values.get('bytes_total') ?? -1), 0n, 0n]])
  const statuses = await ask('SELECT response, COUNT(*) FROM log GROUP BY response ORDER BY response', NASA)
  expect(statuses.values.map(([status, hits]) => [String(status), Number(hits)])).toEqual(tables.get('by_status'))
  const hosts = await ask(
    'SELECT host, COUNT(*) AS hits FROM log GROUP BY host ORDER BY hits DESC, host LIMIT 10',
    NASA,
  )
  expect(hosts.values.map(([host, hits]) => [host, Number(hits)])).toEqual(tables.get('top10_hosts'))
})
