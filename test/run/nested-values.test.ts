/** Nested JSON in a pipeline: through a query whose rows are nested, and a query over these that unnests them. */
import { expect, test } from 'vitest'
import { folderWith, jsonOf } from '../cli/tailrace.ts'

const person = (id: number, year: number) => ({
  'ID Nation': `N${id}`,
  'ID Year': year,
  Population: 1_000_000_000_000 + id,
})
const answers = Array.from({ length: 40 }, (_, i) => ({
  ts: new Date(Date.UTC(2026, 10, 30, 8, 0, i)).toISOString(),
  data: i % 7 === 6 ? null : Array.from({ length: i % 4 }, (_, n) => person(n, 2000 + i)),
  source: [{ measures: ['Population'], annotations: { name: `answer ${i}`, note: null } }],
}))

const COLUMNS = `{ ts: TIMESTAMP_LTZ(3),
      data: "ARRAY<ROW<\`ID Nation\` STRING, \`ID Year\` INT, Population BIGINT>>",
      source: "ARRAY<ROW<measures ARRAY<STRING>, annotations MAP<STRING, STRING>>>" }`

const PIPELINE = `version: 1
name: pop
sources:
  answers: { file: answers.json, to: answers }
topics:
  answers:
    partitions: 2
    format: { json: { columns: ${COLUMNS} } }
    watermark: ts
queries:
  whole: SELECT ts, data, source[1] AS origin, source[1].annotations AS notes FROM answers
  people: |
    SELECT notes['name'] AS answer, n, \`ID Nation\`, \`ID Year\`, Population
    FROM whole CROSS JOIN UNNEST(data) WITH ORDINALITY AS d (\`ID Nation\`, \`ID Year\`, Population, n)
  by_year: |
    SELECT window_start, window_end, \`ID Year\`, COUNT(*) AS people
    FROM TABLE(TUMBLE(TABLE (SELECT ts, \`ID Year\` FROM answers, UNNEST(data) AS d), DESCRIPTOR(ts), INTERVAL '10' SECOND))
    GROUP BY window_start, window_end, \`ID Year\`
sinks:
  whole: { from: whole, ndjson: whole.json }
  people: { from: people, ndjson: people.json }
  by_year: { from: by_year, csv: by_year.csv }
`

const sorted = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).sort()

test('nested columns go through result topics as they were, and each item becomes a row', async () => {
  using folder = folderWith({
    'p.yaml': PIPELINE,
    'answers.json': answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''),
  })
  expect((await folder.run()).stderr).toContain('40 lines in')
  expect(sorted(jsonOf(folder.lines('whole.json')))).toEqual(
    sorted(answers.map(({ ts, data, source: [origin] }) => ({ ts, data, origin, notes: origin?.annotations }))),
  )
  const people = answers.flatMap(({ data, source: [origin] }) =>
    (data ?? []).map((each, i) => ({ answer: origin?.annotations.name, n: i + 1, ...each })),
  )
  expect(people.length).toBeGreaterThan(40)
  expect(sorted(jsonOf(folder.lines('people.json')))).toEqual(sorted(people))
  const counts = folder
    .lines('by_year.csv')
    .slice(1)
    .map((line) => line.split(',').slice(2).join())
  const expected = answers.flatMap(({ data }, i) =>
    data === null || data.length === 0 ? [] : [`${2000 + i},${data.length}`],
  )
  expect(counts.sort()).toEqual(expected.sort())
})

test('a query over a file unnests on every thread alike', async () => {
  using folder = folderWith({ 'answers.json': answers.map((answer) => `${JSON.stringify(answer)}\n`).join('') })
  const sql =
    'SELECT `ID Year` AS y, SUM(Population) AS p, COUNT(*) AS n FROM log, UNNEST(data) AS d GROUP BY `ID Year` ORDER BY y'
  const ask = (workers: string) =>
    folder.tailrace(
      'query',
      '-q',
      '-o',
      'csv',
      '--workers',
      workers,
      '--format',
      `json: { columns: ${COLUMNS} }`,
      sql,
      'answers.json',
    )
  const { stdout } = await ask('1')
  expect(stdout.split('\n')).toContain('2003,3000000000003,3')
  expect((await ask('2')).stdout).toBe(stdout)
})

test('a column that is no array is refused with what to do', async () => {
  using folder = folderWith({ 'answers.json': `${JSON.stringify(answers[3])}\n` })
  const format = 'json: { columns: { data: STRING } }'
  const sql = 'SELECT * FROM log, UNNEST(data) AS d'
  const { stderr } = await folder.tailrace('query', '-q', '--format', format, sql, 'answers.json')
  expect(stderr).toContain('UNNEST wants an ARRAY or a MAP, and data is STRING')
  expect(stderr).toContain("JSON_QUERY(data, '$' RETURNING ARRAY<STRING>)")
})
