/** Random formats: what a server writes is read back; whatever is done to a line, it is a row or a reject. */
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Value, valueAt } from '../../record/column.ts'
import { type Decoded, decodeAll, decodeApart, expectAnyChoice } from '../decode.test-tool.ts'
import { ParsedColumn } from '../scan/parsed-column.ts'
import { BLOCK_BYTES } from '../scan/parsed-kernel.ts'
import { TextScratch } from '../scan/text-scratch.ts'
import { apacheParts } from './apache.ts'
import { logFormat } from './log-format.ts'
import { nginxParts } from './nginx.ts'
import { readPasted } from './pasted.ts'
import { StepReader } from './reader.ts'
import { shapeOf } from './step.ts'
import { type Escaping, type Sample, samples } from './written.test-tool.ts'

const WAYS: readonly (readonly ['nginx' | 'apache', Escaping])[] = [
  ['nginx', 'default'],
  ['nginx', 'json'],
  ['nginx', 'none'],
  ['apache', 'apache'],
]
const anySample = fc
  .constantFrom(...WAYS)
  .chain(([server, escaping]) => samples(server, escaping, true).map((sample) => ({ ...sample, escaping })))

const openOf = (text: string, escaping: Escaping) =>
  logFormat.open({ text, ...(escaping !== 'apache' && { escape: escaping }) }, undefined)

/** A reader of single lines, without the kernel. */
function readerOf(text: string, escaping: Escaping) {
  const pasted = readPasted(text, escaping === 'apache' ? undefined : escaping)
  const parts = pasted.server === 'nginx' ? nginxParts(text, pasted) : apacheParts(text, pasted)
  const shape = shapeOf(text, pasted, parts)
  const columns = shape.columns.map((column) => new ParsedColumn(column, true))
  const scratch = new TextScratch()
  const reader = new StepReader(shape, columns, scratch)
  return {
    reader,
    read(line: string): Readonly<Record<string, Value>> | string {
      const bytes = Uint8Array.from(Buffer.from(line, 'latin1'))
      scratch.begin({ bytes, start: Int32Array.of(0), end: Int32Array.of(bytes.length), count: 1 }, bytes)
      reader.begin(bytes)
      for (const column of columns) {
        column.begin(1)
        column.putNull(0)
      }
      if (!reader.record(0, bytes.length, 0)) return `${reader.troubleAt} ${reader.trouble}`
      return Object.fromEntries(columns.map((each) => [each.name, valueAt(each.column(1, scratch.bytes), 0)]))
    },
  }
}

/** Rows and rejects of lines, each read by the reader alone. */
function readEach(text: string, escaping: Escaping, lines: readonly string[]): Pick<Decoded, 'rows' | 'rejects'> {
  const { read } = readerOf(text, escaping)
  const outcomes = lines.map(read)
  return {
    rows: outcomes.filter((outcome) => typeof outcome !== 'string'),
    rejects: outcomes.flatMap((outcome, i) => (typeof outcome === 'string' ? [`${i}:${outcome}`] : [])),
  }
}

// Promise log-format-values: The columns of a log_format have what the server wrote, without its escapes.
test.each(WAYS)('%s, escape %s: what was written is read back', (server, escaping) => {
  fc.assert(
    fc.property(samples(server, escaping), ({ format, lines, rows }) => {
      const decoded = decodeAll(openOf(format, escaping), Buffer.from(`${lines.join('\n')}\n`, 'latin1'))
      expect(decoded.rejects).toEqual([])
      decoded.rows.forEach((row, i) => {
        expect(rows[i]).toMatchObject(row)
      })
      expect(decoded.rows.length).toBe(rows.length)
    }),
    { numRuns: 400 },
  )
})

const edit = fc.tuple(
  fc.nat(120),
  fc.nat(4),
  fc.string({ unit: fc.constantFrom(...' "\\[]{},:\t\0\r\xff-9xu/'), maxLength: 3 }),
)
const mangled = anySample.chain((sample) =>
  fc
    .array(fc.tuple(fc.constantFrom(...sample.lines), fc.array(edit, { maxLength: 3 })), { minLength: 1, maxLength: 6 })
    .map((each): Sample & { escaping: Escaping } => ({
      ...sample,
      lines: each.map(([line, edits]) =>
        edits.reduce((text, [at, gone, put]) => text.slice(0, at) + put + text.slice(at + gone), line),
      ),
    })),
)

// Holds row-or-reject.
test('a mangled line is a row or a reject, whatever is wanted, however the bytes are cut, and as the reader alone reads it', () => {
  fc.assert(
    fc.property(
      mangled,
      fc.nat(),
      fc.integer({ min: 1, max: 600 }),
      fc.constantFrom(' ', '"', '}', '1', '.5', ',', '\\', '/', ''),
      ({ format, lines, escaping }, seed, chunk, between) => {
        const open = openOf(format, escaping)
        const wanted = open.fields.map((field) => field.name).filter((_, i) => ((seed >> (i % 31)) & 1) === 1)
        const all = expectAnyChoice(open, lines, wanted, chunk)
        expect(decodeApart(open, lines, between)).toEqual(all)
        expect(readEach(format, escaping, lines)).toEqual({ rows: all.rows, rejects: all.rejects })
      },
    ),
    { numRuns: 1500 },
  )
})

test('the dash behind a target without a query is none of it, for the kernel and for the reader alone', () => {
  const text = '$uri$is_args$args'
  const lines = ['/a-', '-', '--', '-?a', '/a?-']
  const { rows } = decodeAll(openOf(text, 'default'), `${lines.join('\n')}\n`)
  expect(rows.map(({ target }) => target)).toEqual(['/a', '', null, '-?a', '/a?-'])
  expect(readEach(text, 'default', lines).rows).toEqual(rows)
})

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const WEEKDAYS = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ')
/** What each conversion of strftime writes of a time in UTC. */
const WRITTEN: Readonly<Record<string, (at: Date) => string>> = {
  Y: (at) => String(at.getUTCFullYear()).padStart(4, '0'),
  y: (at) => String(at.getUTCFullYear() % 100).padStart(2, '0'),
  m: (at) => String(at.getUTCMonth() + 1).padStart(2, '0'),
  b: (at) => MONTHS[at.getUTCMonth()] ?? '',
  d: (at) => String(at.getUTCDate()).padStart(2, '0'),
  e: (at) => String(at.getUTCDate()).padStart(2, ' '),
  j: (at) => String(Math.floor((at.getTime() - Date.UTC(at.getUTCFullYear(), 0, 1)) / 86_400_000) + 1).padStart(3, '0'),
  a: (at) => WEEKDAYS[at.getUTCDay()] ?? '',
  H: (at) => at.toISOString().slice(11, 13),
  M: (at) => at.toISOString().slice(14, 16),
  S: (at) => at.toISOString().slice(17, 19),
  s: (at) => String(Math.floor(at.getTime() / 1000)).padStart(10, '0'),
  z: () => '+0000',
}

test('times by any pattern are those that were written; mangled ones are read as the reader alone reads them', () => {
  const letters = fc.shuffledSubarray([...'YymbdejaHMSsz'], { minLength: 1 })
  fc.assert(
    fc.property(
      letters,
      fc.constantFrom('', '-', 'T: '),
      fc.nat(3_100_000_000),
      edit,
      (each, gap, second, [at, gone, put]) => {
        const text = `%{${each.map((letter) => `%${letter}`).join(gap)}}t|%m`
        const date = new Date(second * 1000)
        const line = `${each.map((letter) => WRITTEN[letter]?.(date) ?? '').join(gap)}|GET`
        const open = openOf(text, 'apache')
        const { rows } = decodeAll(open, line)
        expect(rows[0]?.http_method).toBe('GET')
        const has = (wanted: string) => [...wanted].some((letter) => each.includes(letter))
        const isWhole = has('s') || (has('Yy') && has('S') && has('H') && has('M'))
        if (isWhole && (has('s') || has('j') || (has('mb') && has('de')))) expect(rows[0]?.ts).toBe(second * 1000)
        const mangledLine = line.slice(0, at % 30) + put.replaceAll('\n', '') + line.slice((at % 30) + gone)
        const decoded = decodeAll(open, Buffer.from(`${mangledLine}\n`, 'latin1'))
        expect(readEach(text, 'apache', [mangledLine])).toEqual({ rows: decoded.rows, rejects: decoded.rejects })
      },
    ),
    { numRuns: 1500 },
  )
})

const COMBINED =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
const LINE = '192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 2326 "-" "'

test('a line longer than a block of the kernel is read too', () => {
  const open = openOf(COMBINED, 'default')
  const long = `${LINE}${'a'.repeat(BLOCK_BYTES)}\\x22"`
  const { rows } = decodeAll(open, `${LINE}b"\n${long}\n${LINE}c"\n`)
  expect(rows.map(({ agent }) => String(agent).length)).toEqual([1, BLOCK_BYTES + 1, 1])
})

// Promise log-format-work: The work of reading a line by a log_format grows with its length, not with the square of it.
test('the work grows with the line, not with its square', () => {
  const worst: readonly (readonly [string, Escaping, string])[] = [
    ['$a - $b [$time_local] "$c" $status', 'default', ' - '],
    ['$a - $b [$time_local] "$c" $status', 'default', ' - x [10/Oct/2000:13:55:36 -0700] "'],
    ['"$a" 200 $status', 'none', '" 200 20'],
    ['$a $bytes_sent $pid $connection $status', 'none', '1 '],
    ['$upstream_addr,$upstream_status', 'default', ', '],
    ['$a/$b/$c/$d "$e"', 'default', '/'],
    ['$host$request_uri $status', 'default', '/ '],
  ]
  for (const [format, escaping, piece] of worst) {
    const workOf = (pieces: number) => {
      const { reader, read } = readerOf(format, escaping)
      read(piece.repeat(pieces))
      return reader.work
    }
    expect(workOf(4000), format).toBeLessThanOrEqual(2.01 * workOf(2000) + 100)
    expect(workOf(4000), format).toBeLessThanOrEqual(4000 * piece.length * (format.length + 40))
  }
})
