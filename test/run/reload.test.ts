/** A pipeline is reloaded while lines come in: unchanged parts go on without a gap, and no line is lost or doubled. */
import { renameSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Folder, folderWith, jsonOf, type Running } from '../cli/tailrace.ts'

const SOURCE = 'tcp: 127.0.0.1:0'
const SINKS = { raw: 'from: lines, ndjson: raw.ndjson', a: 'from: a, ndjson: a.ndjson' }
const PER_SECOND = 'SELECT window_start, COUNT(*) AS hits, SUM(n) AS total'

type Shape = {
  readonly source?: string
  readonly queries?: readonly string[]
  readonly sinks?: { readonly [name: string]: string }
  readonly select?: string
  readonly partitions?: number
  readonly name?: string
}

/** Each query counts the lines of each second; each line is ten milliseconds later than the one before. */
function pipeline({
  source = SOURCE,
  queries = ['a', 'b'],
  sinks = SINKS,
  select = PER_SECOND,
  partitions = 2,
  name = 'p',
}: Shape = {}): string {
  const sql = (query: string) => `  ${query}: |
    ${select}
    FROM TABLE(TUMBLE(TABLE lines, DESCRIPTOR(ts), INTERVAL '1' SECOND))
    GROUP BY window_start, window_end`
  return `version: 1
name: ${name}
sources:
  in: { to: lines, ${source} }
topics:
  lines:
    partitions: ${partitions}
    format: { json: { columns: { n: BIGINT, ts: TIMESTAMP(3) } } }
    watermark: ts
queries:
${queries.map(sql).join('\n')}
sinks:
${Object.entries(sinks)
  .map(([sink, text]) => `  ${sink}: { ${text} }`)
  .join('\n')}
`
}

const lineOf = (n: number): string =>
  `${JSON.stringify({ n, ts: new Date(n * 10).toISOString().slice(0, -1).replace('T', ' ') })}\n`

type Sender = { readonly socket: Socket; next: number }

async function connected(running: Running, pattern: RegExp, next = 0): Promise<Sender> {
  const socket = connect(await running.port(pattern), '127.0.0.1').resume()
  await new Promise((done, fail) => socket.on('connect', done).on('error', fail))
  return { socket, next }
}

async function send(sender: Sender, count: number): Promise<void> {
  for (const to = sender.next + count; sender.next < to; ) {
    let text = ''
    for (let i = 0; i < 50 && sender.next < to; i++) text += lineOf(sender.next++)
    await new Promise((sent) => sender.socket.write(text, sent))
    await setImmediate()
  }
}

/** Sends lines until `happened` resolves, and 500 more. */
async function sendUntil<T>(sender: Sender, happened: Promise<T>): Promise<T> {
  let done = false
  const watched = happened.finally(() => {
    done = true
  })
  while (!done) await send(sender, 100)
  await send(sender, 500)
  return await watched
}

async function hangUp({ socket }: Sender): Promise<void> {
  await new Promise((closed) => socket.on('close', closed).end())
}

/** Starts the pipeline of a folder, and connects to it. */
async function started(folder: Folder, ...options: readonly string[]) {
  const running = folder.start('run', 'p.yaml', ...options)
  return { running, sender: await connected(running, /^p runs:/) }
}

/** Replaces the pipeline file and has it reloaded. */
function reload(folder: Folder, running: Running, text: string): void {
  folder.write('p.yaml', text)
  running.process.kill('SIGHUP')
}

/** Ends the connection and the run, which must end well. */
async function ended(running: Running, sender: Sender): Promise<string> {
  await hangUp(sender)
  const { code, stderr } = await running.stop()
  expect(code, stderr).toBe(0)
  return stderr
}

type Row = { readonly n: number }
const rowsOf = (folder: Folder, file: string) => jsonOf<Row>(folder.lines(file))
const numbersOf = (folder: Folder, ...files: readonly string[]): number[] =>
  files.flatMap((file) => rowsOf(folder, file).map(({ n }) => n)).sort((a, b) => a - b)

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

/** The rows of all windows that can be closed, each with all its lines. */
const windowsOf = (lines: number) =>
  Array.from({ length: Math.floor((lines - 2) / 100) }, (_, second) => ({
    window_start: new Date(second * 1000).toISOString().slice(0, -1),
    hits: 100,
    total: 100 * (second * 100) + 4950,
  }))

// Promise reload: A reload happens or changes nothing; what has not changed goes on without a gap.
test('a source stays connected, a sink and a query keep their place, while others come, go and come back', async () => {
  using folder = folderWith({ 'p.yaml': pipeline() })
  const { running, sender } = await started(folder)
  await send(sender, 1000)

  const more = { ...SINKS, new: 'from: lines, ndjson: new.ndjson' }
  reload(folder, running, pipeline({ queries: ['a'], sinks: more }))
  expect(await sendUntil(sender, running.line(/^reloaded/))).toBe('reloaded p.yaml: query b has ended, sink new is new')
  reload(folder, running, pipeline({ queries: ['b', 'a'], sinks: { ...more, b: 'from: b, ndjson: b.ndjson' } }))
  running.process.kill('SIGHUP')
  await sendUntil(sender, running.line(/^reloaded.* query b is new, sink b is new$/))
  expect(await ended(running, sender)).toContain(`${sender.next} lines in`)
  for (const file of ['raw.ndjson', 'new.ndjson']) expect(numbersOf(folder, file)).toEqual(upTo(sender.next))
  for (const file of ['a.ndjson', 'b.ndjson']) expect(rowsOf(folder, file)).toEqual(windowsOf(sender.next))
})

test('a source with another port and a sink with another path go on where they were', async () => {
  using folder = folderWith({ 'p.yaml': pipeline() })
  const { running, sender: before } = await started(folder)
  await send(before, 1000)
  await hangUp(before)
  const sinks = { ...SINKS, raw: 'from: lines, ndjson: other.ndjson' }
  reload(folder, running, pipeline({ source: 'tcp: { listen: 127.0.0.1:0, max_line: 1KiB }', sinks }))
  const reloaded = /^reloaded p.yaml: source in is changed \(tcp .*, sink raw is changed$/
  const after = await connected(running, reloaded, before.next)
  await expect(connected(running, /^p runs:/)).rejects.toThrow('ECONNREFUSED')
  await send(after, 1000)
  await ended(running, after)
  expect(numbersOf(folder, 'raw.ndjson', 'other.ndjson')).toEqual(upTo(2000))
  expect(rowsOf(folder, 'a.ndjson')).toEqual(windowsOf(2000))
})

// Holds reload.
test('a reload that is refused changes nothing, and says why', async () => {
  using folder = folderWith({ 'p.yaml': pipeline() })
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((listening) => taken.on('listening', listening))
  const { port } = taken.address() as { port: number }
  const { running, sender } = await started(folder)
  const other = `${SOURCE} }\n  other: { to: lines, tcp: 127.0.0.1:${port}`
  const refused = [
    ['version: 1\nname: p\nsink: {}\n', /^p\.yaml:3:1: unknown key "sink"/],
    [pipeline({ name: 'q' }), /^the pipeline is called q now/],
    [pipeline({ partitions: 3 }), /^topic lines has 2 partitions, not 3/],
    [pipeline({ select: 'SELECT window_start, SUM(n) AS hits' }), /--reset b=earliest/],
    [pipeline({ source: other, queries: ['a'] }), /is taken by another process/],
    [pipeline({ sinks: { raw: 'from: lines, ndjson: p.yaml/x' } }), /a file of that name is there/],
  ] as const
  for (const [text, reason] of refused) {
    reload(folder, running, text)
    await sendUntil(sender, running.line(reason))
  }
  const said = await ended(running, sender)
  taken.close()
  expect(said.match(/^p\.yaml was not reloaded, and everything goes on as it was:$/gm)).toHaveLength(refused.length)
  expect(numbersOf(folder, 'raw.ndjson')).toEqual(upTo(sender.next))
  expect(rowsOf(folder, 'a.ndjson')).toEqual(windowsOf(sender.next))
})

test('a query whose state the change leaves as it is goes on with it', async () => {
  using folder = folderWith({ 'p.yaml': pipeline() })
  const { running, sender } = await started(folder)
  await send(sender, 150)
  const sinks = { a: 'from: a, ndjson: other.ndjson' }
  reload(folder, running, pipeline({ select: 'SELECT window_start, COUNT(*) AS hits, SUM(n) AS n', sinks }))
  await running.line(/^reloaded .*query a is changed and goes on with what it has counted/)
  await send(sender, 150)
  await ended(running, sender)
  const last = { window_start: '1970-01-01T00:00:01.000', hits: 100, n: 14_950 }
  expect(rowsOf(folder, 'other.ndjson').at(-1)).toEqual(last)
})

test('--watch reloads a file that an editor replaces, and when a file that it includes is written', async () => {
  const text = (sink: string) => pipeline({ sinks: { [sink]: `from: lines, ndjson: "\${file:name}.ndjson"` } })
  using folder = folderWith({ 'p.yaml': text('raw'), name: 'one\n' })
  const { running, sender } = await started(folder, '--watch')
  folder.write('.p.yaml.swp', text('late'))
  renameSync(folder.at('.p.yaml.swp'), folder.at('p.yaml'))
  await sendUntil(sender, running.line(/^reloaded.*sink raw has ended, sink late is new/))
  folder.write('name', 'two\n')
  await sendUntil(sender, running.line(/^reloaded.*sink late is changed/))
  await ended(running, sender)
  expect(rowsOf(folder, 'two.ndjson').at(-1)?.n).toBeGreaterThan(0)
})

test('a pipeline in TypeScript is loaded anew', async () => {
  const text = (idle: string) => `export const pipeline = {
    version: 1, name: 'p', sources: { in: { to: 'lines', tcp: '127.0.0.1:0' } },
    topics: { lines: { format: 'common', watermark: "ts", idle: '${idle}' } } }`
  using folder = folderWith({ 'p.ts': text('10s') })
  const running = folder.start('run', 'p.ts')
  await running.line(/^p runs:/)
  folder.write('p.ts', text('20s'))
  running.process.kill('SIGHUP')
  expect(await running.line(/^reloaded/)).toBe('reloaded p.ts: topic lines is changed')
  expect(await running.stop()).toMatchObject({ code: 0 })
})
