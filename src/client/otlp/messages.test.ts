/** Both encodings of OTLP, over messages of any content and over bytes of any kind. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseExact, readJson } from './json-read.ts'
import { writeJson } from './json-write.ts'
import { MalformedMessage, type MessageOf, type OtlpMessage, OversizedMessage, type ScalarKind } from './message.ts'
import { LOG_RECORD, LOGS_ANSWER, LOGS_REQUEST, METRICS_REQUEST, STATUS } from './messages.ts'
import { readWire } from './wire-read.ts'
import { writeWire } from './wire-write.ts'

const LIMITS = { depth: 100, elements: 1000 }
const MESSAGES: readonly MessageOf<unknown>[] = [
  LOG_RECORD,
  LOGS_ANSWER,
  METRICS_REQUEST,
  STATUS,
] as MessageOf<unknown>[]

/** No value has the default of its kind, which protobuf leaves out. */
const SCALARS: Record<ScalarKind, fc.Arbitrary<unknown>> = {
  text: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 9 }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
  id: fc.uint8Array({ minLength: 1, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  flag: fc.constant(true),
  number: fc.oneof(fc.integer({ min: 1 }), fc.integer({ max: -1 })),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).filter((value) => value !== 0n),
  fixed64: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
  fixed32: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  double: fc.double().filter((value) => value !== 0),
  unread: fc.constant(undefined),
}

function anyMessage(message: OtlpMessage, levels = 4): fc.Arbitrary<unknown> {
  const fields = Object.entries(message.fields).flatMap(([name, { of, isList }]) => {
    if (of === 'unread' || (typeof of === 'function' && levels === 0)) return []
    const one = typeof of === 'function' ? fc.constant(0).chain(() => anyMessage(of(), levels - 1)) : SCALARS[of]
    return [[name, isList ? fc.array(one, { minLength: 1, maxLength: 3 }) : one]] as const
  })
  if (!message.isOneOf) return fc.record(Object.fromEntries(fields), { requiredKeys: [] })
  return fc.oneof(...fields.map(([name, one]) => one.map((value) => ({ [name]: value }))))
}

test.each(MESSAGES.map((message) => [message.name, message] as const))(
  'what is written is read again, in protobuf and in JSON: %s',
  (_, message) => {
    fc.assert(
      fc.property(anyMessage(message), (value) => {
        expect(readWire(message, writeWire(message, value), LIMITS)).toEqual(value)
        expect(readJson(message, parseExact(writeJson(message, value)), LIMITS)).toEqual(value)
      }),
      { numRuns: 500 },
    )
  },
)

/** What reading gives: the message, or in words why there is none. Anything else that is thrown is a bug. */
function outcome(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (error instanceof MalformedMessage || error instanceof OversizedMessage) return error.message
    throw error
  }
}

const changed = (bytes: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array => {
  const copy = Uint8Array.from(bytes)
  for (const [at, byte] of changes) if (copy.length > 0) copy[at % copy.length] = byte
  return copy
}
const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 })

test('bytes of any kind are a message or a refusal in words', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.tuple(anyMessage(LOG_RECORD), changes, fc.nat(200)).map(([value, found, cut]) => {
      const whole = changed(writeWire(LOG_RECORD, value as object), found)
      return cut < whole.length ? whole.subarray(0, cut) : whole
    }),
  )
  fc.assert(
    fc.property(bytes, fc.constantFrom<OtlpMessage>(LOG_RECORD, LOGS_REQUEST), (given, message) => {
      const found = outcome(() => readWire(message, given, LIMITS))
      expect(typeof found === 'string' ? found : 'a message').toMatch(
        /^(a message|byte \d+, in \w+: .+|byte \d+: .+|values that .+|more than .+)$/,
      )
    }),
    { numRuns: 3000 },
  )
})

test('JSON of any kind is a message or a refusal in words', () => {
  const text = fc.oneof(
    fc.json(),
    fc.tuple(anyMessage(LOG_RECORD), changes).map(([value, found]) => {
      return Buffer.from(changed(Buffer.from(writeJson(LOG_RECORD, value as object)), found)).toString()
    }),
    fc.string(),
  )
  fc.assert(
    fc.property(text, fc.constantFrom<OtlpMessage>(LOG_RECORD, LOGS_REQUEST), (given, message) => {
      expect(outcome(() => readJson(message, parseExact(given), LIMITS))).not.toBe('')
    }),
    { numRuns: 3000 },
  )
})

const wire = (hex: string) => outcome(() => readWire(LOG_RECORD, Buffer.from(hex.replaceAll(' ', ''), 'hex'), LIMITS))
const json = (value: unknown) => outcome(() => readJson(LOG_RECORD, value, LIMITS))

test('protobuf: unknown fields are skipped, the last of a field counts, and parts of a message are one', () => {
  // Field 99 as each wire type, then severity_text twice.
  expect(wire('980601 99060102030405060708 9a0602ffff 9d0601020304 1a0161 1a0162')).toEqual({ severityText: 'b' })
  // A body that is a text and then an int is an int; a body in two parts has the later kind.
  expect(wire('2a03 0a0161 2a02 1805')).toEqual({ body: { intValue: 5n } })
  // Not the shortest form of 1, as some writers have it.
  expect(wire('10818000')).toEqual({ severityNumber: 1 })
  expect(wire('10ffffffffffffffffff01')).toEqual({ severityNumber: -1 })
  expect(wire('1a03ff61fe')).toEqual({ severityText: '\ufffda\ufffd' })
})

test('protobuf: what is malformed is refused with its byte', () => {
  expect(wire('1a05 61')).toBe('byte 1, in LogRecord: 5 bytes are announced, and fewer follow')
  expect(wire('09 0102')).toBe('byte 1, in LogRecord: it ends within a field')
  expect(wire('10 80')).toBe('byte 1: a number does not end within its message, or has more than 10 bytes')
  expect(wire(`10${'80'.repeat(10)}01`)).toMatch(/more than 10 bytes/)
  expect(wire('0b')).toBe('byte 1, in LogRecord: timeUnixNano is of wire type 3, not 1')
  expect(wire('9b06')).toBe('byte 2, in LogRecord: there is no wire type 3')
  expect(wire('0001')).toBe('byte 0, in LogRecord: there is no such field')
  expect(wire('2a02 0a05')).toBe('byte 3, in AnyValue: 5 bytes are announced, and fewer follow')
})

test('JSON: numbers come as numbers or as texts, and what is malformed is refused with its place', () => {
  expect(json({ timeUnixNano: '18446744073709551615', severityNumber: 9, flags: '1' })).toEqual({
    timeUnixNano: 2n ** 64n - 1n,
    severityNumber: 9,
    flags: 1,
  })
  const exact = parseExact('{"body":{"intValue":-9223372036854775808},"timeUnixNano":1764583200123456789,"new":[1]}')
  expect(json(exact)).toEqual({ body: { intValue: -(2n ** 63n) }, timeUnixNano: 1_764_583_200_123_456_789n })
  expect(json({ severityText: null, attributes: null })).toEqual({})
  expect(json({ traceId: '5B8EFFF798038103D269B633813FC60C' })).toEqual({ traceId: '5b8efff798038103d269b633813fc60c' })
  expect(json({ body: { doubleValue: 'NaN' } })).toEqual({ body: { doubleValue: Number.NaN } })
  expect(json({ timeUnixNano: '-1' })).toBe(
    'LogRecord.timeUnixNano: expected a number from 0 to 18446744073709551615, and it is "-1"',
  )
  expect(json({ severityNumber: 'SEVERITY_NUMBER_INFO' })).toBe(
    'LogRecord.severityNumber: expected a whole number, or its digits as a text, and it is "SEVERITY_NUMBER_INFO"',
  )
  expect(json({ attributes: [{ key: 'a' }, { key: 1 }] })).toBe(
    'LogRecord.attributes[1].key: expected a text, and it is 1',
  )
  expect(json({ attributes: {} })).toBe('LogRecord.attributes: expected an array, and it is an object')
  expect(json({ traceId: 'xyz' })).toBe('LogRecord.traceId: expected hexadecimal digits, and it is "xyz"')
  expect(json([])).toBe('LogRecord: expected an object, and it is an array')
  expect(json(null)).toMatch(/expected an object/)
  expect(outcome(() => parseExact('{"a":'))).toMatch(/JSON/)
  const deep = '['.repeat(200_000) + '9'.repeat(17) + ']'.repeat(200_000)
  expect(outcome(() => parseExact(deep))).toBe('it is nested too deeply')
})

test('messages in messages, and elements, are limited', () => {
  const nested = (levels: number): object =>
    levels === 0 ? { boolValue: true } : { arrayValue: { values: [nested(levels - 1)] } }
  const limits = { depth: 20, elements: 100 }
  for (const [levels, isTaken] of [
    [9, true],
    [10, false],
  ] as const) {
    const value = { body: nested(levels) }
    const reads = [
      () => readWire(LOG_RECORD, writeWire(LOG_RECORD, value), limits),
      () => readJson(LOG_RECORD, parseExact(writeJson(LOG_RECORD, value)), limits),
    ]
    for (const read of reads) {
      expect(outcome(read)).toEqual(isTaken ? value : 'values that are nested deeper than 20 messages')
    }
  }
  const many = { attributes: Array.from({ length: 101 }, () => ({ key: 'k' })) }
  expect(outcome(() => readWire(LOG_RECORD, writeWire(LOG_RECORD, many), limits))).toBe('more than 100 values')
  expect(outcome(() => readJson(LOG_RECORD, many, limits))).toBe('more than 100 values')
})
