import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MalformedMessage, OversizedMessage } from '../../client/otlp/message.ts'
import { LOGS_REQUEST, type LogRecord } from '../../client/otlp/messages.ts'
import { decodeAll } from '../../format/decode.test-tool.ts'
import { otlp as format } from '../../format/otlp/otlp.ts'
import { logsOf, PROTOBUF } from './logs-request.ts'
import { decode, requestOf, TYPES, text } from './otlp.test-tool.ts'

const LIMITS = { longest: { bytes: 2000, tooLong: 'longer' }, bytes: 1 << 20 }

const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }).map(text),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((intValue) => ({ intValue })),
  fc.double().map((doubleValue) => ({ doubleValue })),
  fc.constant({ kvlistValue: { values: [{ key: 'a"', value: { arrayValue: { values: [text('\u2028'), {}] } } }] } }),
)
const record: fc.Arbitrary<LogRecord> = fc.record(
  {
    timeUnixNano: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    severityNumber: fc.integer(),
    severityText: fc.string(),
    body: fc.oneof(value, fc.constant(text('x'.repeat(2000)))),
    attributes: fc.array(fc.record({ key: fc.string({ unit: 'binary' }), value }), { maxLength: 4 }),
    flags: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    droppedAttributesCount: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    traceId: fc.constantFrom('', '00', 'ab'.repeat(16)),
  },
  { requiredKeys: [] },
)
const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 })

// Promise otlp-any-bytes: Whatever bytes are posted, a request is refused as a whole, or each of its log records is a row of format otlp or is rejected.
test.each(TYPES)('every log record is a row or is rejected, whatever the bytes: %s', (type) => {
  let taken = 0
  fc.assert(
    fc.property(fc.array(record, { maxLength: 5 }), changes, (records, found) => {
      const body = requestOf(records, type, { resource: { attributes: [{ key: 'service.name', value: text('s') }] } })
      for (const [at, byte] of found) if (body.length > 0) body[at % body.length] = byte
      try {
        const { records: made, rejected } = logsOf(body, type, LIMITS, 1)
        const { resourceLogs = [] } = decode(LOGS_REQUEST, body, type)
        const all = resourceLogs.flatMap(({ scopeLogs = [] }) => scopeLogs.flatMap(({ logRecords = [] }) => logRecords))
        expect(made.count + rejected).toBe(all.length)
        const lines = Array.from({ length: made.count }, (_, i) =>
          Buffer.from(made.bytes.subarray(made.start[i], made.end[i])).toString(),
        )
        const { rows, rejects } = decodeAll(format.open({}, undefined), lines.join('\n'))
        expect(rejects).toEqual([])
        expect(rows).toHaveLength(made.count)
        taken += rows.length
      } catch (error) {
        if (!(error instanceof MalformedMessage || error instanceof OversizedMessage)) throw error
      }
    }),
    { numRuns: 1000 },
  )
  expect(taken).toBeGreaterThan(100)
})

test('many small messages are refused before they take much memory', () => {
  const body = Buffer.from([10, 0]).toString('latin1').repeat(1_000_001)
  expect(() => logsOf(Buffer.from(body, 'latin1'), PROTOBUF, LIMITS, 1)).toThrow(/more than 1000000 values/)
})
