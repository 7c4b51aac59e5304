/** A format in a text column of another gives what it gives of the text alone. */
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatNamed, formats } from '../all.ts'
import { decodeAll, expectAnyChoice, sampleOf } from '../decode.test-tool.ts'
import type { OpenFormat } from '../format.ts'
import { openFormat } from '../open.ts'

await formats.loadAll()

const opened = (name: string, options: object, sample?: string): OpenFormat =>
  openFormat({ format: formatNamed(name), options }, sample === undefined ? undefined : sampleOf(sample))

const FILEBEAT = opened('json', {
  columns: {
    log_type: { type: 'STRING' },
    file: { type: 'STRING', path: 'log.file.path' },
    host_name: { type: 'STRING', path: 'host.name' },
  },
  inside: { message: { combined: {} } },
})
const LINE = '192.0.2.7 - - [30/Nov/2026:10:00:01 +0000] "GET /product1?a=b HTTP/1.1" 200 612 "-" "curl/8 \\"x\\""'

/** A record as Filebeat's output to Kafka writes it. */
const envelope = (message: unknown, more: object = {}) =>
  JSON.stringify({
    '@timestamp': '2026-11-30T10:00:02.413Z',
    '@metadata': { beat: 'filebeat', type: '_doc', version: '8.12.2' },
    agent: { type: 'filebeat', id: '0f7f9a1c-3f5a-4a65-8b0e-0a4f6a1a2b3c' },
    log: { offset: 1024, file: { path: '/var/log/nginx/access.log' } },
    message,
    log_type: 'nginx_access',
    input: { type: 'filestream' },
    host: { name: 'web1' },
    ...more,
  })

test("Filebeat's records: the line in its message, and fields beside it", () => {
  expect(FILEBEAT.fields.slice(0, 6).map(({ name }) => name)).toEqual([
    ...['log_type', 'file', 'host_name', 'message', 'host', 'ident'],
  ])
  expect(FILEBEAT.fields[FILEBEAT.rowtime ?? -1]?.name).toBe('ts')
  const ascii = envelope(LINE.replace('curl', 'cürl 😀')).replace(/[^\0-\x7f]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  const { rows, rejects } = decodeAll(FILEBEAT, [envelope(LINE), ascii, envelope(`${LINE}\r\n`)].join('\n'))
  expect(rejects).toEqual([])
  expect(rows[0]).toMatchObject({ log_type: 'nginx_access', file: '/var/log/nginx/access.log', host_name: 'web1' })
  expect(rows[0]).toMatchObject({ message: LINE, path: '/product1', query: 'a=b', status: 200, agent: 'curl/8 "x"' })
  expect(rows[1]).toEqual({ ...rows[0], message: LINE.replace('curl', 'cürl 😀'), agent: 'cürl 😀/8 "x"' })
  expect(rows[2]).toEqual({ ...rows[0], message: `${LINE}\r\n` })
})

test('a record without a text, or with one that the format inside refuses, is a reject with its place', () => {
  const records = [
    envelope(LINE.replace('200', '2x0')),
    envelope(undefined),
    envelope(null),
    envelope(404),
    envelope({ text: LINE }),
    envelope(''),
    '{"message":"192.0.2.7 - - [30/Nov/2026:10:00:01]"}',
    '{"message":',
    envelope(LINE),
  ]
  const { rows, origins, rejects } = decodeAll(FILEBEAT, records.join('\n'))
  expect(rows.length).toBe(1)
  expect(origins).toEqual([8])
  const places = rejects.map((reject) => /^(\d+):(\d+) (.*)$/.exec(reject)?.slice(1) ?? [])
  expect(places.map(([record, , reason]) => `${record} ${reason}`)).toEqual([
    '0 message: expected a status of three digits',
    '1 message is NULL',
    '2 message is NULL',
    '3 message: expected a user and a [time], found no [',
    '4 message: expected a host: a name or an address',
    '5 message: the line is empty',
    expect.stringMatching(/^6 message: /),
    expect.stringMatching(/^7 (?!message)/),
  ])
  // In the record, where quotes of the text are two bytes.
  expect(records[0]?.slice(Number(places[0]?.[1]) - 1)).toMatch(/^2x0 612/)
  expect(records[3]?.slice(Number(places[3]?.[1]) - 3)).toMatch(/^404,/)
})

const INNER: readonly (readonly [name: string, options: object])[] = [
  ['combined', {}],
  ['lines', {}],
  ['json', { columns: { n: { type: 'BIGINT' }, s: { type: 'STRING' } } }],
  ['csv', { columns: { a: { type: 'STRING' }, b: { type: 'INT' } } }],
]
const text = fc.oneof(
  fc.constantFrom(
    LINE,
    LINE.replaceAll('"', ''),
    '',
    '-',
    'é😀\t',
    '"',
    '\\',
    'x,1',
    '"a""b",2',
    '{"n":1,"s":"\\"é\\""}',
    '{"n":2}',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc
    .tuple(fc.nat(LINE.length), fc.string({ maxLength: 3 }))
    .map(([at, put]) => LINE.slice(0, at) + put + LINE.slice(at + 1)),
)
/** Each writes a text as a record of the outer format, all of whose columns are called otherwise. */
const OUTER = {
  json: {
    options: { columns: { k: { type: 'STRING' } } },
    write: (t: string | null) => JSON.stringify({ k: 'v', text: t }),
  },
  escaped: {
    options: { columns: { k: { type: 'STRING' } } },
    write: (t: string | null) =>
      JSON.stringify({ text: t, k: 'v' }).replace(
        /[^ -~]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      ),
  },
  csv: {
    options: { columns: { k: { type: 'STRING' }, text: { type: 'STRING' } }, null: 'none' },
    write: (t: string | null) => (t === null ? 'v,none' : `v,"${t.replaceAll('"', '""')}"`),
  },
} as const

test('any text in any format: a row or a reject, as of the text alone', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...INNER),
      fc.constantFrom<keyof typeof OUTER>('json', 'escaped', 'csv'),
      fc.array(fc.option(text, { freq: 8 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 400 }),
      ([name, options], kind, given, chunk) => {
        // Half pairs become U+FFFD, and lines are cut at LF, on the way to any of these formats.
        const texts = given.map((one) => one && Buffer.from(one).toString().replaceAll('\n', ' '))
        const { options: own, write } = OUTER[kind]
        const nested = opened(kind === 'csv' ? 'csv' : 'json', { ...own, inside: { text: { [name]: options } } })
        const records = texts.map((one) => Buffer.from(write(one)).toString('latin1'))
        const wanted = nested.fields.map((field) => field.name).filter((_, i) => (chunk >> (i % 8)) % 2 === 1)
        const all = expectAnyChoice(nested, records, wanted, chunk)
        const alone = texts.map((one) => (one === null ? undefined : decodeAll(opened(name, options), `${one}\n`)))
        const rows = alone.flatMap((one, i) => (one?.rows ?? []).map((row) => ({ k: 'v', text: texts[i], ...row })))
        expect(all.rows).toEqual(rows)
        const reasonOf = (reject = '') => reject.replace(/^\d+:\d+ /, '')
        expect(all.rejects.map(reasonOf)).toEqual(
          alone.flatMap((one) =>
            one === undefined ? 'text is NULL' : one.rejects.map((reject) => `text: ${reasonOf(reject)}`),
          ),
        )
      },
    ),
    { numRuns: 500 },
  )
})

test('the byte of a reject is that of the record, however its text is written', () => {
  const byte = fc.nat(LINE.length - 1)
  const begins = { json: '{"k":"v","text":"'.length, escaped: '{"text":"'.length, csv: 'v,"'.length }
  fc.assert(
    fc.property(byte, fc.constantFrom<keyof typeof OUTER>('json', 'escaped', 'csv'), (at, kind) => {
      const line = `${LINE.slice(0, at)}\u0001${LINE.slice(at + 1)}`
      const { options, write } = OUTER[kind]
      const nested = opened(kind === 'csv' ? 'csv' : 'json', { ...options, inside: { text: { combined: {} } } })
      const [alone] = decodeAll(opened('combined', {}), `${line}\n`).rejects
      const [found] = decodeAll(nested, `${write(line)}\n`).rejects
      expect(found === undefined).toBe(alone === undefined)
      if (alone === undefined || found === undefined || at === 0) return
      const place = (reject: string) => Number(/:(\d+) /.exec(reject)?.[1])
      // What is before the byte in the text is before it in the record, with escapes.
      const before = write(line).slice(begins[kind], place(found))
      const plain = kind === 'csv' ? before.replaceAll('""', '"') : JSON.parse(`"${before}"`)
      expect(plain).toBe(line.slice(0, place(alone)))
    }),
  )
})

test('formats may lie in formats that lie in formats', () => {
  const deep = opened('csv', {
    columns: { k: { type: 'INT' }, body: { type: 'STRING' } },
    inside: { body: { json: { inside: { 'event.original': { combined: {} } } } } },
  })
  const record = (line: string) => `7,"${JSON.stringify({ event: { original: line } }).replaceAll('"', '""')}"`
  const { rows, rejects } = decodeAll(deep, [record(LINE), record('x'), '8,{}'].join('\n'))
  expect(rows).toMatchObject([{ k: 7, 'event.original': LINE, status: 200 }])
  expect(rejects.map((one) => one.replace(/^(\d):\d+/, '$1'))).toEqual([
    '1 body: event.original: expected a user and a [time], found no [',
    '2 body: event.original is NULL',
  ])
})

test('columns of both formats with one name: a declared one is refused, any other gets the name of its format', () => {
  const declared = { columns: { status: { type: 'INT' } }, inside: { message: { combined: {} } } }
  expect(() => opened('json', declared)).toThrow('json and the format inside it both have a column status')
  const sample = `${JSON.stringify({ status: 7, message: LINE })}\n`
  const found = opened('json', { inside: { message: { combined: {} } } }, sample)
  expect(decodeAll(found, sample).rows).toMatchObject([{ json_status: 7n, status: 200 }])
  const implied = opened('json', { inside: { line: { lines: {} } } })
  expect(implied.fields.map(({ name }) => name)).toEqual(['json_line', 'line'])
  expect(decodeAll(implied, '{"line":"x"}\n{}').rejects).toEqual(['1:0 line is NULL'])
  const own = opened('combined', { inside: { agent: { combined: {} } } })
  expect(own.fields.map(({ name }) => name).slice(0, 4)).toEqual([
    ...['combined_host', 'combined_ident', 'combined_remote_user', 'combined_ts'],
  ])
})

test('columns that are not declared are found in the sample, those of the texts too', () => {
  const sample = [1, 2]
    .map((n) => JSON.stringify({ at: '2026-11-30', payload: `{"n":${n},"at":"2026-01-01"}` }))
    .join('\n')
  const found = opened('json', { inside: { payload: { json: {} } } }, sample)
  expect(found.fields.map(({ name, type }) => `${name} ${type.kind}`)).toEqual([
    ...['json_at DATE', 'payload STRING', 'n BIGINT', 'at DATE'],
  ])
  // A text that looks like another type is a text.
  const dates = opened('json', { inside: { at: { lines: {} } } }, sample)
  expect(decodeAll(dates, sample).rows[0]).toMatchObject({ at: '2026-11-30', line: '2026-11-30' })
})

test('what cannot lie in a column is refused at its option', () => {
  const refusal = (name: string, options: object) => {
    try {
      opened(name, options)
      return undefined
    } catch (error) {
      const { message, part, hint } = error as { message: string; part: readonly string[]; hint: string }
      return [part.join('.'), message, hint]
    }
  }
  const columns = { n: { type: 'INT' }, body: { type: 'STRING' } }
  expect(refusal('csv', { columns, inside: { n: { combined: {} } } })).toEqual([
    ...['inside.n', 'column n is of type INT, and a format lies in texts only', 'Declare it as STRING.'],
  ])
  expect(refusal('csv', { columns, inside: { bdy: { combined: {} } } })).toEqual([
    ...['inside.bdy', 'format csv has no column bdy', 'Did you mean body?'],
  ])
  expect(refusal('csv', { columns, inside: { body: { csv: { columns, delimiter: 'xx' } } } })?.slice(0, 1)).toEqual([
    'inside.body.csv.delimiter',
  ])
  expect(
    refusal('csv', { columns, inside: { body: { csv: { columns: { a: { type: 'INT' } }, header: true } } } })?.[1],
  ).toBe('a text in a column has no line of names before it')
  const traces = { cri: { begins: '^x' } }
  expect(refusal('json', { inside: { message: traces } })).toEqual([
    'inside.message.cri.begins',
    'the format inside another knows no lines, so begins has nothing to do here',
    'Where the format around it has begins too (regex, lines, cri, docker), write it there.',
  ])
})
