import { PassThrough, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { linesOf } from '../../test/cli/tailrace.ts'
import { deliveryOf } from '../../test/contract/made-deliveries.ts'
import { openSinkAt, sinkContract } from '../../test/contract/sink.ts'
import { testClock } from '../../test/sim/running.ts'
import { batchOf } from '../record/batch.test-tool.ts'
import { BIGINT, type Field, STRING, TIMESTAMP } from '../record/type.ts'
import { SharedOutput } from '../terminal/output.ts'
import { consoleSink } from './console.ts'
import type { Delivery, SinkContext } from './sink.ts'

/** A terminal that understands only what the screen sends: any other sequence fails the test. */
class MadeTerminal extends Writable {
  readonly isTTY = true
  columns: number
  rows: number
  lines: string[] = ['']
  #row = 0
  #column = 0
  writes = 0

  constructor(columns: number, rows: number) {
    super({ decodeStrings: false })
    this.columns = columns
    this.rows = rows
  }

  override _write(text: string, _encoding: string, done: () => void): void {
    this.writes++
    for (const [part, up] of text.matchAll(/\x1b\[(\d+)A|\x1b\[\?2026[hl]|\x1b\[[HKJ]|[\r\n]|[^\x1b\r\n]+/g))
      this.#show(part, up)
    expect(text.replace(/\x1b\[(\d+A|\?2026[hl]|[HKJ])/g, '')).not.toContain('\x1b')
    done()
  }

  #show(part: string, up: string | undefined): void {
    const line = this.lines[this.#row] ?? ''
    if (up !== undefined) {
      this.#row -= Number(up)
      expect(this.#row, 'above the top of the terminal').toBeGreaterThanOrEqual(this.lines.length - this.rows)
    } else if (part === '\x1b[H') {
      this.#row = Math.max(0, this.lines.length - this.rows)
      this.#column = 0
    } else if (part === '\r') this.#column = 0
    else if (part === '\n') {
      this.#row++
      this.#column = 0
      this.lines[this.#row] ??= ''
    } else if (part === '\x1b[K') this.lines[this.#row] = line.slice(0, this.#column)
    else if (part === '\x1b[J') {
      this.lines[this.#row] = line.slice(0, this.#column)
      this.lines.length = this.#row + 1
    } else if (!part.startsWith('\x1b')) {
      this.lines[this.#row] = line.slice(0, this.#column) + part + line.slice(this.#column + part.length)
      this.#column += part.length
      expect(this.#column).toBeLessThan(this.columns)
    }
  }
}

const minutes: Field[] = [
  { name: 'window_end', type: TIMESTAMP, window: 'end' },
  { name: 'http_method', type: STRING },
  { name: 'hits', type: BIGINT },
]

type Made = readonly [minute: number, method: string, hits: number]

function rowsOf(...rows: readonly Made[]): Delivery {
  const values = rows.map(([minute, method, hits]) => [Date.UTC(1995, 6, 1, 4, minute), method, BigInt(hits)])
  return { ...deliveryOf(0, 0, []), rows: batchOf(minutes, values) }
}

const clock = testClock()

const live = (terminal: MadeTerminal, context: Partial<SinkContext> = {}, options: object = {}) =>
  openSinkAt(
    consoleSink,
    { options, folder: '/' },
    { output: new SharedOutput(terminal, true), fields: minutes, clock, ...context },
  )

test('on a terminal, a table shows the latest window at the bottom and is redrawn in place', async () => {
  const terminal = new MadeTerminal(60, 24)
  const sink = await live(terminal, { from: 'methods' }, { rows: 3 })
  await sink.write(rowsOf([1, 'GET', 58], [1, 'HEAD', 1]))
  expect(terminal.lines).toEqual([
    'methods  2 rows',
    'window_end           http_method  hits',
    '1995-07-01T04:01:00  GET            58',
    '1995-07-01T04:01:00  HEAD            1',
    '',
    '',
  ])
  clock.advance(1000)
  await sink.write(rowsOf([2, 'GET', 1234], [3, 'GET', 7]))
  // Of the first minute only one row would fit, which alone would tell something wrong.
  const last = [
    'methods  4 rows',
    'window_end           http_method  hits',
    '1995-07-01T04:02:00  GET          1234',
    '1995-07-01T04:03:00  GET             7',
    '',
    '',
  ]
  expect(terminal.lines).toEqual(last)
  await sink[Symbol.asyncDispose]()
  expect(terminal.lines).toEqual(last)
})

test('a window with more rows than fit says how many more there are', async () => {
  const terminal = new MadeTerminal(60, 24)
  await using sink = await live(terminal, { from: 'methods' }, { rows: 3 })
  await sink.write(rowsOf([1, 'OLD', 1], ...Array.from({ length: 2000 }, (_, i) => [2, `M${i}`, i] as const)))
  expect(terminal.lines.slice(2)).toEqual([
    '1995-07-01T04:02:00  M0              0',
    '1995-07-01T04:02:00  M1              1',
    '… 1,998 more',
    '',
    '',
  ])
})

test('several tables share a small terminal, and stay on it at the end', async () => {
  const terminal = new MadeTerminal(30, 11)
  const output = new SharedOutput(terminal, true)
  const sinks = [await live(terminal, { from: 'one', output }), await live(terminal, { from: 'two', output })]
  for (let minute = 0; minute < 50; minute++) {
    clock.advance(1000)
    for (const sink of sinks) await sink.write(rowsOf([minute, 'GET', minute]))
  }
  clock.advance(1000)
  for (const sink of sinks) await sink[Symbol.asyncDispose]()
  expect(terminal.lines).toEqual([
    'one  50 rows  1995-07-01',
    'window_end  http_method  hits',
    '04:48:00    GET            48',
    '04:49:00    GET            49',
    '',
    'two  50 rows  1995-07-01',
    'window_end  http_method  hits',
    '04:48:00    GET            48',
    '04:49:00    GET            49',
    '',
    '',
  ])
})

// Promise: after a resize of the terminal the live tables are drawn once, in the new size.
test('a terminal that changes its size is cleared and drawn anew, with the text above the tables', async () => {
  const terminal = new MadeTerminal(60, 24)
  const output = new SharedOutput(terminal, true)
  const sink = await live(terminal, { from: 'methods', output })
  await sink.write(rowsOf([1, 'GET', 58], [1, 'HEAD', 1]))
  output.screen?.above('warning: no rain\n')
  const tables = (from: string) => terminal.lines.filter((line) => line.startsWith(from)).length
  for (const [columns, rows] of [
    [30, 8],
    [100, 40],
    [20, 4],
    [60, 24],
  ] as const) {
    Object.assign(terminal, { columns, rows })
    terminal.emit('resize')
    const from = terminal.lines.length - rows
    expect(terminal.lines.slice(Math.max(0, from)).filter((line) => line.startsWith('methods')).length).toBe(1)
  }
  expect(tables('methods')).toBe(1)
  expect(terminal.lines).toEqual([
    'warning: no rain',
    'methods  2 rows',
    'window_end           http_method  hits',
    '1995-07-01T04:01:00  GET            58',
    '1995-07-01T04:01:00  HEAD            1',
    '',
    '',
  ])
  await sink[Symbol.asyncDispose]()
  expect(terminal.listenerCount('resize')).toBe(0)
})

test('without `rows` a table takes all lines of the terminal; a window that would be cut is left out', async () => {
  const terminal = new MadeTerminal(60, 12)
  await using sink = await live(terminal, { from: 'methods' })
  for (let minute = 0; minute < 40; minute++) await sink.write(rowsOf([minute, 'GET', minute], [minute, 'PUT', 0]))
  clock.advance(1000)
  await sink.write(rowsOf([40, 'GET', 1]))
  expect(terminal.lines.slice(0, -1)).toEqual([
    'methods  81 rows',
    'window_end           http_method  hits',
    ...[37, 38, 39].flatMap((minute) => [
      `1995-07-01T04:${minute}:00  GET            ${minute}`,
      `1995-07-01T04:${minute}:00  PUT             0`,
    ]),
    '1995-07-01T04:40:00  GET             1',
    '',
  ])
})

test('in very few lines the number of rows that are left out is in the title', async () => {
  const terminal = new MadeTerminal(60, 4)
  await using sink = await live(terminal, { from: 'methods' })
  await sink.write(rowsOf([1, 'GET', 58], [1, 'HEAD', 1], [1, 'PUT', 1]))
  expect(terminal.lines).toEqual([
    'methods  3 rows, 2 more',
    'window_end           http_method  hits',
    '1995-07-01T04:01:00  GET            58',
    '',
  ])
})

test('rows of the window that is open are shown below the final ones, until it is closed', async () => {
  const terminal = new MadeTerminal(60, 24)
  const output = new SharedOutput(terminal, true)
  await using sink = await live(terminal, { from: 'methods', output })
  await sink.write(rowsOf([1, 'GET', 58]))
  expect(output.shown()).toEqual(['methods'])
  const open = (...rows: readonly Made[]) => output.showProvisional('methods', [rowsOf(...rows).rows])
  open([2, 'GET', 7], [2, 'PUT', 1], [3, 'GET', 1])
  output.screen?.above('')
  const final = ['window_end           http_method  hits', '1995-07-01T04:01:00  GET            58']
  expect(terminal.lines.slice(1)).toEqual([
    ...final,
    'so far, in the window that is open:',
    '1995-07-01T04:02:00  GET             7',
    '1995-07-01T04:02:00  PUT             1',
    '',
    '',
  ])
  clock.advance(1000)
  await sink.write(rowsOf([2, 'GET', 8], [2, 'PUT', 1]))
  expect(terminal.lines.slice(1)).toEqual([
    ...final,
    '1995-07-01T04:02:00  GET             8',
    '1995-07-01T04:02:00  PUT             1',
    '',
    '',
  ])
  // They take at most half of the room that final rows can fill.
  terminal.rows = 8
  open(...Array.from({ length: 9 }, (_, i) => [3, `M${i}`, i] as const))
  terminal.emit('resize')
  expect(terminal.lines.slice(-6, -1)).toEqual([
    '1995-07-01T04:02:00  GET             8',
    '1995-07-01T04:02:00  PUT             1',
    'so far, in the window that is open: the first 1 of 9',
    '1995-07-01T04:03:00  M0              0',
    '',
  ])
})

test('many changes at once are one drawing, and the last change is seen', async () => {
  const terminal = new MadeTerminal(60, 24)
  await using sink = await live(terminal)
  for (let minute = 0; minute < 20; minute++) await sink.write(rowsOf([minute, 'GET', minute]))
  expect(terminal.writes).toBe(1)
  clock.advance(100)
  await Promise.resolve()
  expect(terminal.writes).toBe(2)
  expect(terminal.lines).toContain('1995-07-01T04:19:00  GET            19')
})

test('where the output is no terminal, rows are appended, and a title tells where the table changes', async () => {
  const stdout = new PassThrough()
  const output = new SharedOutput(stdout)
  const open = (from: string) =>
    openSinkAt(consoleSink, { options: {}, folder: '/' }, { output, fields: minutes, from, clock })
  const methods = await open('methods')
  const errors = await open('errors')
  await methods.write(rowsOf([1, 'GET', 58]))
  await methods.write(rowsOf([2, 'A_LONGER_METHOD', 5]))
  await errors.write(rowsOf([1, 'GET', 3]))
  expect(stdout.read().toString()).toBe(`== methods
window_end           http_method  hits
1995-07-01T04:01:00  GET            58
1995-07-01T04:02:00  A_LONGER_METHOD     5

== errors
window_end           http_method  hits
1995-07-01T04:01:00  GET             3
`)
})

sinkContract(consoleSink, 'rows', async () => {
  const stdout = new PassThrough({ highWaterMark: 1 << 20 })
  let text = ''
  stdout.on('data', (chunk) => (text += chunk))
  return {
    options: { format: 'ndjson' },
    folder: '/',
    output: new SharedOutput(stdout),
    stored: async () => linesOf(text).map((line) => JSON.parse(line).text),
  }
})
