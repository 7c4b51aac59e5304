/**
 * A column comes while the pipeline runs: into the format, a view, a query and the table of a sink. Lines come in all the
 * time, and none is lost or counted twice, also in windows that are open meanwhile.
 */
import { connect, type Socket } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { type Folder, folderWith, jsonOf, type Running } from '../cli/tailrace.ts'

type More = { readonly format?: string; readonly view?: string; readonly sink?: string; readonly require?: string }

const pipeline = ({ format = '', view = '', sink = '', require = '' }: More = {}): string => `version: 1
name: p
sources:
  in: { to: lines, tcp: 127.0.0.1:0 }
topics:
  lines:
    partitions: 2
    format: { json: { columns: { n: BIGINT, ts: TIMESTAMP(3)${format} } } }
    columns: { part: INT METADATA FROM 'partition' }
    watermark: ts
    ${require}
views:
  v: SELECT n, ts, part${view} FROM lines
queries:
  seconds: |
    SELECT window_start, COUNT(*) AS hits, SUM(n) AS total
    FROM TABLE(TUMBLE(TABLE v, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY window_start, window_end
  rows: SELECT * FROM v
sinks:
  seconds: { from: seconds, ndjson: seconds.ndjson }
  rows: { from: rows, ndjson: rows.ndjson }
  table: { from: rows, sqlite: { path: out.db, table: rows, columns: { n: n, ts: ts${sink} } } }
  lines: { from: lines, sqlite: { path: out.db, table: lines, columns: { n: n${sink} } } }
`

const lineOf = (n: number, more: object = {}): string =>
  `${JSON.stringify({ n, ts: new Date(n * 10).toISOString().slice(0, -1).replace('T', ' '), ...more })}\n`

type Sender = { readonly socket: Socket; next: number }

async function started(folder: Folder): Promise<{ readonly running: Running; readonly sender: Sender }> {
  const running = folder.start('run', 'p.yaml')
  const socket = connect(await running.port(/^p runs:/), '127.0.0.1').resume()
  await new Promise((done, fail) => socket.on('connect', done).on('error', fail))
  return { running, sender: { socket, next: 0 } }
}

async function send(sender: Sender, count: number, more: (n: number) => object = () => ({})): Promise<void> {
  const numbers = Array.from({ length: count }, (_, i) => sender.next + i)
  sender.next += count
  await new Promise((sent) => sender.socket.write(numbers.map((n) => lineOf(n, more(n))).join(''), sent))
}

async function reload(folder: Folder, running: Running, text: string): Promise<string> {
  folder.write('p.yaml', text)
  const { code, stdout, stderr } = await folder.tailrace('reload', 'p.yaml')
  expect(code, `${stdout}${stderr}`).toBe(0)
  expect(running.process.exitCode).toBeNull()
  return `${stdout}${stderr}`
}

async function ended(running: Running, { socket }: Sender): Promise<void> {
  await new Promise((closed) => socket.on('close', closed).end())
  const { code, stderr } = await running.stop()
  expect(code, stderr).toBe(0)
}

type Row = { readonly n: number; readonly k?: string | null }

function rowsIn(folder: Folder, table: string, columns: string): readonly Row[] {
  using database = new DatabaseSync(folder.at('out.db'))
  return database.prepare(`SELECT ${columns} FROM ${table} ORDER BY n`).all() as Row[]
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

const windowsOf = (lines: number) =>
  Array.from({ length: Math.floor((lines - 2) / 100) }, (_, second) => ({
    window_start: new Date(second * 1000).toISOString().slice(0, -1),
    hits: 100,
    total: 100 * (second * 100) + 4950,
  }))

const NAMED = (n: number) => ({ k: `k${n}` })

// Promise column-added: A column that comes into a format, a view and the table of a sink by a reload loses nothing and doubles nothing.
test('a column comes into the format, a view and the tables of sinks; windows that are open go on', async () => {
  using folder = folderWith({ 'p.yaml': pipeline() })
  const { running, sender } = await started(folder)
  await send(sender, 250, NAMED)
  const said = await reload(
    folder,
    running,
    pipeline({
      format: ', k: STRING',
      view: ', k',
      sink: ', k: k',
      require: 'require: { has a number: n IS NOT NULL }',
    }),
  )
  expect(said).toContain('query seconds is changed and goes on with what it has counted')
  await send(sender, 250, NAMED)
  await ended(running, sender)
  expect(jsonOf(folder.lines('seconds.ndjson'))).toEqual(windowsOf(500))
  const rows = jsonOf<Row>(folder.lines('rows.ndjson')).toSorted((a, b) => a.n - b.n)
  expect(rows.map(({ n }) => n)).toEqual(numbers(500))
  expect(rows.at(-1)).toMatchObject({ n: 499, k: 'k499' })
  for (const table of ['rows', 'lines']) {
    const kept = rowsIn(folder, table, 'n, k')
    expect(kept.map(({ n }) => n)).toEqual(numbers(500))
    expect(kept.at(-1)).toEqual({ n: 499, k: 'k499' })
    // What was delivered before has no value, and what is delivered afterwards has its own.
    for (const { n, k } of kept) expect([null, `k${n}`]).toContain(k)
  }
})

test('a column comes into one part after the other, as a person would do it', async () => {
  using folder = folderWith({ 'p.yaml': pipeline() })
  const { running, sender } = await started(folder)
  await send(sender, 150, NAMED)
  const format = ', k: STRING'
  for (const more of [{ format }, { format, view: ', k' }, { format, view: ', k', sink: ', k: k' }]) {
    await reload(folder, running, pipeline(more))
    await send(sender, 150, NAMED)
  }
  // And it goes again: the table keeps its column.
  await reload(folder, running, pipeline())
  await send(sender, 100, NAMED)
  await ended(running, sender)
  expect(jsonOf(folder.lines('seconds.ndjson'))).toEqual(windowsOf(700))
  for (const table of ['rows', 'lines']) expect(rowsIn(folder, table, 'n').map(({ n }) => n)).toEqual(numbers(700))
  expect(rowsIn(folder, 'lines', 'n, k').at(-1)).toEqual({ n: 699, k: null })
})

test('a column that windows are made of cannot change its meaning in a reload', async () => {
  using folder = folderWith({ 'p.yaml': pipeline() })
  const { running, sender } = await started(folder)
  await send(sender, 150)
  folder.write('p.yaml', pipeline().replace('n: BIGINT', 'n: { type: BIGINT, path: m }'))
  const { code, stderr } = await folder.tailrace('reload', 'p.yaml')
  expect(code).not.toBe(0)
  expect(stderr).toContain('--reset seconds=earliest')
  await ended(running, sender)
})

test('a column comes into a lookup table whose file stays as it is', async () => {
  const looked = (column = '', selected = '') => `version: 1
name: p
sources:
  in: { to: lines, tcp: 127.0.0.1:0 }
topics:
  lines: { format: { json: { columns: { n: BIGINT } } } }
tables:
  names: { file: names.csv, columns: { n: BIGINT, name: STRING${column} }, key: n }
queries:
  rows: |
    SELECT l.n, t.name${selected} FROM (SELECT *, PROCTIME() AS proc FROM lines) AS l
    LEFT JOIN names FOR SYSTEM_TIME AS OF l.proc AS t ON l.n = t.n
sinks:
  rows: { from: rows, ndjson: rows.ndjson }
`
  using folder = folderWith({ 'p.yaml': looked(), 'names.csv': 'n,name,kind\n0,zero,even\n1,one,odd\n' })
  const { running, sender } = await started(folder)
  await send(sender, 1)
  await reload(folder, running, looked(', kind: STRING', ', t.kind'))
  await send(sender, 2)
  await ended(running, sender)
  const rows = jsonOf<Row>(folder.lines('rows.ndjson'))
  expect(rows.map(({ n }) => n)).toEqual([0, 1, 2])
  // The row of the reload may have been read before it or after it.
  expect(rows.slice(1)).toEqual([
    { n: 1, name: 'one', kind: 'odd' },
    { n: 2, name: null, kind: null },
  ])
})
