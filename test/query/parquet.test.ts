/** SQL over Parquet files: the rows are those of the same values in JSON, and what is not needed is not read. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { ask } from './ask.ts'

const FIXTURES = new URL('../fixtures/parquet/', import.meta.url).pathname
const root = mkdtempSync(join(tmpdir(), 'tailrace-parquet-'))
afterAll(() => rmSync(root, { recursive: true }))

const COLUMNS = {
  id: 'INT',
  big: 'BIGINT',
  huge: 'DECIMAL(20, 0)',
  ratio: 'DOUBLE',
  flag: 'BOOLEAN',
  word: 'STRING',
  path: 'STRING',
  day: 'DATE',
  at: 'TIMESTAMP_LTZ(3)',
  micros: 'TIMESTAMP(3)',
  price: 'DECIMAL(9, 2)',
}
const AS_JSON = `{ json: { columns: { ${Object.entries(COLUMNS)
  .map(([name, type]) => `${name}: "${type}"`)
  .join(', ')} } } }`

const fixture = (name: string) => join(FIXTURES, name)

/** Sides of comparisons, some within and some beyond what a row group has. */
const CONDITIONS = [
  ...[-1, 0, 24, 25, 30, 59, 60].flatMap((id) => ['=', '<', '<=', '>', '>=', '<>'].map((sign) => `id ${sign} ${id}`)),
  'big = 24999999999999993',
  'big > 50000000000000000',
  '30 < id',
  'id = 3000000000',
  'ratio < 2.5',
  'ratio > 1e3',
  'huge < 5',
  "word = 'POST'",
  "word > 'ä'",
  "word < 'A'",
  "path >= '/item/30'",
  "path = '/item/7?q=217'",
  "`day` < DATE '1969-12-10'",
  "`day` = DATE '1970-01-20'",
  "`at` >= TIMESTAMP '2026-01-01 00:00:30'",
  "micros < TIMESTAMP '2025-12-31 23:59:10'",
  'price < -20',
  'price = 60.09',
  'price > 3.5',
  'flag',
  'id IS NULL',
  'path IS NULL',
  "path LIKE '%7%'",
  'id IN (1, 30)',
  'id BETWEEN 20 AND 30',
  'CAST(id AS BIGINT) > 40',
]

const files = ['scalars-snappy-v1', 'scalars-zstd-v2', 'scalars-gzip-plain', 'scalars-polars', 'scalars-duckdb']

// Promise parquet-rows: A condition over Parquet files gives the rows that it gives over the same values in JSON, whichever row groups it leaves out.
test('conditions give the rows that they give over JSON', async () => {
  const condition = fc.constantFrom(...CONDITIONS)
  const predicate = fc
    .array(
      fc.oneof(
        condition,
        fc.tuple(condition, condition).map(([a, b]) => `(${a} OR ${b})`),
      ),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    .map((all) => all.join(' AND '))
  await fc.assert(
    fc.asyncProperty(predicate, fc.constantFrom(...files), async (where, file) => {
      const sql = `SELECT id, path, price, ratio, \`at\` FROM log WHERE ${where}`
      const expected = await ask(sql, fixture('scalars.json'), { format: AS_JSON })
      const found = await ask(sql, fixture(`${file}.parquet`))
      expect(found.text).toBe(expected.text)
      expect(found.lines).toBe(60)
    }),
    { numRuns: 150 },
  )
})

test('groups, windows and joins of values are those over JSON, for any number of threads', async () => {
  for (const sql of [
    'SELECT word, COUNT(*) AS n, SUM(price) AS p, MAX(`at`) AS a, SUM(big) AS b, MAX(ratio) AS r FROM log GROUP BY word',
    "SELECT window_start, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(`at`), INTERVAL '10' SECOND)) GROUP BY window_start, window_end",
    'SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY flag ORDER BY id DESC) AS n FROM log) WHERE n <= 2',
    'SELECT id FROM log UNION ALL SELECT id + 100 FROM log WHERE id > 50',
    'SELECT COUNT(*) AS n FROM log',
  ]) {
    const names = Object.keys(COLUMNS)
    const narrow = sql.replace('SELECT *,', `SELECT ${names.map((name) => `\`${name}\``).join(', ')},`)
    const expected = await ask(narrow, fixture('scalars.json'), { format: AS_JSON })
    for (const options of [{}, { unitBytes: 1 }, { unitBytes: 1, workers: 2 }]) {
      expect((await ask(narrow, fixture('scalars-zstd-v2.parquet'), options)).text).toBe(expected.text)
    }
  }
})

test('nested columns are arrays, maps and rows', async () => {
  const { text } = await ask(
    "SELECT id, CARDINALITY(tags) AS n, tags[2] AS snd, who.`at`.x AS x, counts['k2'] AS k2, sku, price FROM log CROSS JOIN UNNEST(lines) AS l (sku, price) WHERE id < 12",
    fixture('nested-zstd-v2.parquet'),
  )
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object)
  const nested = readFileSync(fixture('nested.json'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const expected = nested.slice(0, 12).flatMap(({ id, tags, who, counts, lines }) =>
    (lines ?? []).map(({ sku, price }: { sku: string; price: string }) => ({
      id,
      n: tags === null ? null : tags.length,
      snd: tags?.[1] ?? null,
      x: who?.at?.x ?? null,
      k2: counts?.k2 ?? null,
      sku,
      price: Number(price),
    })),
  )
  expect(rows).toEqual(expected)
  expect(rows.length).toBeGreaterThan(3)
})

/** The file with noise in each chunk of some columns and row groups. */
async function noisy(name: string, spoil: (column: string, group: number) => boolean): Promise<string> {
  const { parquetMetadata } = await import('hyparquet/src/metadata.js')
  const bytes = readFileSync(fixture(name))
  const { row_groups: groups } = parquetMetadata(bytes)
  for (const [group, { columns }] of groups.entries()) {
    for (const { meta_data: meta } of columns) {
      if (meta === undefined || !spoil(meta.path_in_schema[0] ?? '', group)) continue
      const from = Number(meta.dictionary_page_offset ?? meta.data_page_offset)
      bytes.fill(0xff, from, from + Number(meta.total_compressed_size))
    }
  }
  const path = join(mkdtempSync(join(root, 'noisy-')), name)
  writeFileSync(path, bytes)
  return path
}

// Promise parquet-needed: Of a Parquet file only the columns that a query uses are read, and only the row groups that can have rows which meet its conditions.
test('columns and row groups that are not needed are not read', async () => {
  const others = await noisy('scalars-zstd-v2.parquet', (column) => column !== 'price' && column !== 'id')
  const whole = fixture('scalars-zstd-v2.parquet')
  const sum = 'SELECT SUM(price) AS p, MAX(id) AS i FROM log'
  expect((await ask(sum, others)).text).toBe((await ask(sum, whole)).text)
  expect((await ask('SELECT path FROM log', others)).faults).toHaveLength(1)
  const middle = await noisy('scalars-zstd-v2.parquet', (_, group) => group === 1)
  for (const where of [
    'id < 20 OR id > 55',
    "id BETWEEN 50 AND 70 AND word <> 'x'",
    'price > 1000000 AND 1 / id > 0',
    'id = 5',
  ]) {
    const found = await ask(`SELECT id, path FROM log WHERE ${where}`, middle)
    expect(found).toMatchObject({
      text: (await ask(`SELECT id, path FROM log WHERE ${where}`, whole)).text,
      faults: [],
    })
  }
  // A condition that may fail for a row makes a dead letter of it, so that row must be read.
  expect((await ask('SELECT id FROM log WHERE 1 / (id - 30) > 5 AND id < 20', middle)).faults).toHaveLength(1)
  expect((await ask('SELECT id FROM log WHERE 1 / (id - 30) > 5 AND id < 20', whole)).dead).toBe(1)
})

test('texts are compared by UTF-16 units, whatever the order of the bounds', async () => {
  const { parquetWriteBuffer } = await import('hyparquet-writer')
  const data = ['a', 'z', '\uff5e', '\u{1f600}', 'é\uff5e', 'é\u{1f600}']
  const file = join(root, 'texts.parquet')
  writeFileSync(
    file,
    new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 's', data, type: 'STRING' }], rowGroupSize: 1 })),
  )
  for (const value of data) {
    for (const [sign, is] of [
      ['<', data.filter((text) => text < value)],
      ['>=', data.filter((text) => text >= value)],
      ['=', [value]],
    ] as const) {
      const { values } = await ask(`SELECT s FROM log WHERE s ${sign} '${value}'`, file)
      expect(values, `${sign} ${value}`).toEqual(is.map((text) => [text]))
    }
  }
})

test('a damaged file is named, and the others go on', async () => {
  const folder = mkdtempSync(join(root, 'damaged-'))
  copyFileSync(fixture('scalars-zstd-v2.parquet'), join(folder, 'a.parquet'))
  writeFileSync(join(folder, 'b.parquet'), readFileSync(fixture('scalars-zstd-v2.parquet')).subarray(0, 9000))
  copyFileSync(await noisy('scalars-zstd-v2.parquet', () => true), join(folder, 'c.parquet'))
  writeFileSync(join(folder, 'd.csv'), 'id\n1\n')
  copyFileSync(fixture('int96.parquet'), join(folder, 'e.parquet'))
  const { values, faults } = await ask('SELECT COUNT(*), COUNT(path) FROM log', join(folder, '*'))
  expect(values).toEqual([[60n, 47n]])
  expect(faults.map(({ message, isLoss }) => [message.replaceAll(`${folder}/`, ''), isLoss])).toEqual([
    ['d.csv is no Parquet file, as others of its table are, so its rows are missing', true],
    ['b.parquet is not a whole Parquet file: it does not end as one', true],
    ['e.parquet has at TIMESTAMP(3), and a.parquet has at TIMESTAMP_LTZ(3), so its rows are missing', true],
    [expect.stringMatching(/^c\.parquet is damaged: /), true],
  ])
})

test('folders name columns, and a file without a column has NULL', async () => {
  const folder = mkdtempSync(join(root, 'lake-'))
  const put = (path: string, name: string) => {
    mkdirSync(join(folder, path), { recursive: true })
    copyFileSync(fixture(name), join(folder, path, 'x.parquet'))
  }
  put('day=2026-03-01/hour=09/site=a%2Fb', 'scalars-lz4.parquet')
  put('day=2026-03-01/hour=10/site=c', 'scalars-polars.parquet')
  put('day=2026-03-02/hour=10/site=__HIVE_DEFAULT_PARTITION__', 'scalars-gzip-plain.parquet')
  put('day=2026-03-02/hour=11/site=c', 'empty.parquet')
  // The files have a column `day` of their own, which counts.
  const all = await ask(
    'SELECT MIN(`day`) AS d, `hour`, site, COUNT(*) AS n, COUNT(nanos) AS t FROM log GROUP BY `hour`, site ORDER BY `hour`, site',
    `${folder}/*/*/*/*.parquet`,
  )
  expect(all.faults).toEqual([])
  expect(all.text.trimEnd().split('\n')).toEqual([
    '{"d":"1969-12-01","hour":9,"site":"a/b","n":60,"t":44}',
    '{"d":"1969-12-01","hour":10,"site":null,"n":60,"t":44}',
    '{"d":"1969-12-01","hour":10,"site":"c","n":60,"t":0}',
  ])
  // Whole files are left out by what their folders say.
  const spoiled = readFileSync(fixture('scalars-polars.parquet'))
  spoiled.fill(0xff, 4, 3000)
  writeFileSync(join(folder, 'day=2026-03-01/hour=10/site=c/x.parquet'), spoiled)
  const chosen = (where: string) =>
    ask(`SELECT COUNT(id) AS n FROM log WHERE ${where}`, `${folder}/day=2026-03-01/*/*/*.parquet`)
  expect(await chosen('`hour` = 9')).toMatchObject({ values: [[60n]], faults: [] })
  expect(await chosen("site = 'a/b'")).toMatchObject({ values: [[60n]], faults: [] })
  expect(await chosen("site <> 'x'")).toMatchObject({ faults: [{ isLoss: true }] })
})

test('two tables of files, one of them Parquet', async () => {
  const { values } = await ask('SELECT COUNT(*) FROM (SELECT id FROM a UNION ALL SELECT id FROM b WHERE id < 10)', [
    { name: 'a', patterns: [fixture('scalars-lz4.parquet')], format: undefined },
    { name: 'b', patterns: [fixture('scalars.json')], format: AS_JSON },
  ])
  expect(values).toEqual([[70n]])
})

test('a dead letter names its row', async () => {
  const { deadLines, text } = await ask(
    'SELECT 10 / (id - 27) AS x FROM log WHERE id > 25',
    fixture('scalars-delta.parquet'),
  )
  expect(deadLines).toEqual([
    { file: fixture('scalars-delta.parquet'), byte: 0, row: 27, reason: 'division by zero', line: undefined },
  ])
  expect(text.split('\n')).toHaveLength(34)
})
