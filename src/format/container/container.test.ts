import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chunkSizes, cutAll, expectSameRecords, textsOf } from '../../record/cut-all.test-tool.ts'
import { makeRecords, splitLines } from '../../record/lines-split.ts'
import { recordText } from '../../record/records.ts'
import type { JoinLines } from '../../record/spans.ts'
import { decodeAll, decodeApart, expectAnyChoice } from '../decode.test-tool.ts'
import type { OpenFormat } from '../format.ts'
import { mangledLines } from '../mangled.test-tool.ts'
import { cri } from './cri.ts'
import { docker } from './docker.ts'

const CRI_OPEN = cri.open({}, undefined)
const DOCKER_OPEN = docker.open({}, undefined)
const T = '2026-11-29T08:00:01.123456789Z'
const ts = Date.parse('2026-11-29T08:00:01.123Z')
const criLine = (stream: string, tag: string, text: string) => `${T} ${stream} ${tag} ${text}`
const dockerLine = (stream: string, tag: string, text: string) =>
  JSON.stringify({ log: tag === 'F' ? `${text}\n` : text, stream, time: T })

/** The records that a source would make of lines, as rows. */
function rowsOf(open: OpenFormat, lines: readonly string[]) {
  const join = open.spanning?.join as JoinLines
  const records = textsOf(
    cutAll(Buffer.from(`${lines.join('\n')}\n`), [50], { hasHeader: false, join }, { limit: 5000 }),
  )
  const { rows, rejects } = decodeApart(
    open,
    records.map((record) => Buffer.from(record).toString('latin1')),
    '\n',
  )
  return { rows: rows.map(({ output, message }) => `${output} ${message}`), rejects }
}

describe('cri', () => {
  test('the lines of the specification', () => {
    const { rows, rejects } = decodeAll(
      CRI_OPEN,
      [
        '2016-10-06T00:17:09.669794202Z stdout F The content of the log entry 1',
        '2016-10-06T00:17:09.669794202Z stdout F The content of the log entry 2',
        '2016-10-06T02:17:10.113242941+02:00 stderr F:T:x The content of the log entry 3\r',
        '2016-10-06T00:17:10.113242941Z stderr F ',
        '2016-10-06T00:17:10.113242941Z stderr F',
        '2016-10-06T00:17:09.669794202Z stdout P log content 1',
      ].join('\n'),
    )
    const [first, later] = [Date.parse('2016-10-06T00:17:09.669Z'), Date.parse('2016-10-06T00:17:10.113Z')]
    expect(rows).toEqual([
      { ts: first, output: 'stdout', message: 'The content of the log entry 1' },
      { ts: first, output: 'stdout', message: 'The content of the log entry 2' },
      { ts: later, output: 'stderr', message: 'The content of the log entry 3' },
      { ts: later, output: 'stderr', message: '' },
      { ts: later, output: 'stderr', message: '' },
    ])
    expect(rejects).toEqual(['5:53 the line goes on, and its rest is missing'])
  })

  test('what is no line of containers is refused where it stops being one', () => {
    const { rows, rejects } = decodeAll(
      CRI_OPEN,
      `hello\n${T} stdin F x\n${T} stdout X x\n${T} stdout Fx y\n2026-11-29 08:00:01Z stdout F x\n\n2026-13-29T08:00:01.5Z stdout F x\n1700000000000 stdout F x\n${T} stdout`,
    )
    expect(rows).toEqual([])
    expect(rejects.map((reject) => reject.replace(/^\d+:/, ''))).toEqual([
      '0 expected a time, as 2026-11-29T08:00:01.5Z',
      '31 expected stdout or stderr',
      '38 expected F or P',
      '38 expected F or P',
      '0 expected a time, as 2026-11-29T08:00:01.5Z',
      '0 expected a time, as 2026-11-29T08:00:01.5Z',
      "0 column ts: '2026-13-29T08:00:01.5Z' is not of type TIMESTAMP_LTZ(3) (a time is written as 2026-03-01T10:00:00Z)",
      '0 expected a time, as 2026-11-29T08:00:01.5Z',
      '31 expected stdout or stderr',
    ])
  })
})

test('docker: lines of the driver json-file', () => {
  const { rows, rejects } = decodeAll(
    DOCKER_OPEN,
    [
      `{"log":"GET /cart \\"200\\"\\r\\n","stream":"stdout","time":"${T}"}`,
      `{"log":"plain\\n","stream":"stderr","attrs":{"a":"b"},"time":"${T}"}`,
      `{"log":"\\n","stream":"stderr","time":"${T}"}`,
      `{"log":"half","stream":"stderr","time":"${T}"}`,
      `{"log":"a\\n","stream":"stderr"}`,
      `{"msg":"a"}`,
      'text',
    ].join('\n'),
  )
  expect(rows).toEqual([
    { ts, output: 'stdout', message: 'GET /cart "200"' },
    { ts, output: 'stderr', message: 'plain' },
    { ts, output: 'stderr', message: '' },
  ])
  expect(rejects).toEqual([
    '3:72 the line goes on, and its rest is missing',
    '4:0 it is no line of Docker: it has no member time',
    '5:0 it is no line of Docker: it has no member log',
    '6:0 expected {',
  ])
})

describe.each([
  ['cri', cri, criLine],
  ['docker', docker, dockerLine],
] as const)('%s', (_, format, line) => {
  const open = format.open({}, undefined)

  // Promise container-parts: The parts of a long line of a container are one row, where lines of its other stream lie between them too; a line whose rest is missing is a dead letter.
  test('the parts of a line are one row, whatever lies between them', () => {
    const lines = [
      line('stdout', 'P', 'one '),
      line('stderr', 'F', 'error'),
      line('stdout', 'P', 'two "é" '),
      line('stderr', 'P', 'err'),
      line('stdout', 'F', 'three'),
      line('stderr', 'F', 'or'),
      line('stdout', 'F', 'next'),
    ]
    expect(rowsOf(open, lines)).toEqual({
      rows: ['stdout one two "é" three', 'stderr error', 'stderr error', 'stdout next'],
      rejects: [],
    })
    expect(rowsOf(open, lines.slice(0, 3)).rows).toEqual(['stderr error'])
    expect(rowsOf(open, lines.slice(0, 3)).rejects).toHaveLength(2)
    // Parts of more than the longest record.
    const long = Array.from({ length: 70 }, (_, i) => line('stdout', i === 69 ? 'F' : 'P', 'x'.repeat(40)))
    const { rows, rejects } = rowsOf(open, [...long, line('stdout', 'F', 'next')])
    expect(rows.at(-1)).toBe('stdout next')
    expect(rejects.length).toBeGreaterThan(5)
  })

  test('a stack trace is one row, of one stream', () => {
    const traces = format.open({ begins: String.raw`^(?!\s|Caused by)` }, undefined)
    const lines = [
      line('stderr', 'F', 'java.lang.Error: x'),
      line('stderr', 'P', '\tat a.'),
      line('stderr', 'F', 'b(C.java:1)'),
      line('stdout', 'F', 'fine'),
      line('stderr', 'F', 'Caused by: y'),
      line('stdout', 'F', '\tout'),
    ]
    expect(rowsOf(traces, lines)).toEqual({
      rows: ['stderr java.lang.Error: x\n\tat a.b(C.java:1)', 'stdout fine', 'stderr Caused by: y', 'stdout \tout'],
      rejects: [],
    })
    expect(traces.spanning).toMatchObject({ isSeen: true, waitMs: 5000 })
  })

  test('records are the same however the bytes are cut, and from the end of each that was cut off', () => {
    const part = fc
      .tuple(fc.constantFrom('stdout', 'stderr'), fc.constantFrom('P', 'F', 'F'), fc.constantFrom('a', '\tb', ''))
      .map((parts) => line(...parts))
    const stream = fc
      .array(fc.oneof({ weight: 9, arbitrary: part }, fc.constantFrom('other', '', `${'x'.repeat(700)}`)), {
        maxLength: 25,
      })
      .map((lines) => Buffer.from(lines.join('\n')))
    const forms = [open, format.open({ begins: '^a' }, undefined)]
    fc.assert(
      fc.property(stream, chunkSizes, fc.integer({ min: 90, max: 600 }), fc.nat(1), (bytes, chunks, limit, form) => {
        const join = forms[form]?.spanning?.join as JoinLines
        const records = expectSameRecords(
          bytes,
          chunks.map((size) => 7 * size),
          { hasHeader: false, join },
          { limit, keeps: 2 * limit },
        )
        const lines = bytes.toString().replace(/\n$/, '').split('\n')
        const kept = bytes.length === 0 ? [] : lines.filter((text) => text.length <= limit)
        expect(records.flatMap((record) => record.split('\n')).sort()).toEqual(kept.sort())
      }),
      { numRuns: 500 },
    )
  })

  test('every line is a row or a reject, whatever its bytes', () => {
    const samples = [
      line('stdout', 'F', 'GET /cart 200'),
      line('stderr', 'P', 'half "q" \\ é'),
      line('stderr', 'F', ''),
    ]
    fc.assert(
      fc.property(
        mangledLines(samples),
        fc.subarray(['ts', 'output', 'message']),
        fc.integer({ min: 1, max: 90 }),
        (lines, names, chunk) => {
          expectAnyChoice(open, lines, names, chunk)
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('lines of which every one goes on are looked at a bounded number of times', () => {
    const text = Buffer.from(`${line('stdout', 'P', 'x')}\n`.repeat(4000))
    const records = makeRecords(0)
    splitLines(text, 0, text.length, records)
    let looks = 0
    const counted = new Proxy(records.end, {
      get(target, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) looks++
        return Reflect.get(target, key, target) as unknown
      },
    })
    const joined = open.spanning?.join({ ...records, end: counted }, true)
    expect(joined?.records.count).toBe(4000)
    expect(recordText(joined?.records ?? records, 3999)).toBe(line('stdout', 'P', 'x'))
    expect(looks).toBeLessThan(4000 * 600)
  })
})
