/** What InfluxDB 1.8.10 and 2.7 answer to writes, and what it means. */
import { expect, test } from 'vitest'
import { Failure } from '../../base/failure.ts'
import { answered, writeFailure } from './answer.ts'

const LINES = ['m,t=a x=1 1', 'm,t=b x="y\nz" 2', 'm,t=c x=3 3']
function points() {
  const bytes = Buffer.from(LINES.map((line) => `${line}\n`).join(''))
  const ends = LINES.map((_, i) => Buffer.byteLength(LINES.slice(0, i + 1).join('\n')) + 1)
  return { bytes, count: 3, rows: Int32Array.of(0, 2, 5), ends: Int32Array.from(ends) }
}
const of = (status: number, body: unknown) => answered({ status, body: Buffer.from(JSON.stringify(body)) }, points())

test('points that are taken', () => {
  expect(answered({ status: 204, body: Buffer.of() }, points())).toEqual({ kind: 'taken' })
})

test('lines that the server names are refused, each with its reason', () => {
  const error = `partial write: unable to parse '${LINES[1]}': invalid x\nunable to parse '${LINES[2]}': invalid number dropped=0`
  expect(of(400, { error })).toEqual({
    kind: 'rows',
    refused: new Map([
      [2, 'InfluxDB cannot parse its point: invalid x'],
      [5, 'InfluxDB cannot parse its point: invalid number'],
    ]),
    areAll: false,
  })
})

test('where the server only says how many, all of them are refused, or the batch', () => {
  const conflict =
    'field type conflict: input field "x" on measurement "m" is type string, already exists as type float'
  expect(of(400, { error: `partial write: ${conflict} dropped=2` })).toEqual({ kind: 'batch', reason: conflict })
  const message = 'failure writing points to database: partial write: points beyond retention policy dropped=3'
  const reason = 'failure writing points to database: partial write: points beyond retention policy'
  expect(of(422, { code: 'unprocessable entity', message })).toEqual({
    kind: 'rows',
    refused: new Map([0, 2, 5].map((row) => [row, reason])),
    areAll: true,
  })
  expect(of(413, {})).toMatchObject({ kind: 'batch', reason: expect.stringMatching(/^InfluxDB takes no body of 4\dB/) })
  expect(answered({ status: 400, body: Buffer.of() }, points())).toEqual({
    kind: 'batch',
    reason: 'InfluxDB refuses it (400)',
  })
})

test('what is not due to the rows is a failure in plain words', () => {
  const place = { url: 'http://db:8086', bucket: 'logs/autogen' }
  const other = new Failure('io', 'http://db:8086 answers 500', { retryable: true })
  const failure = (status: number, error: string) =>
    writeFailure({ status, body: Buffer.from(JSON.stringify({ error })) }, place, other)
  for (const status of [401, 403, 404, 429, 500, 503]) expect(of(status, {})).toEqual({ kind: 'failed' })
  expect(failure(401, 'authorization failed')).toMatchObject({
    code: 'denied',
    message: 'InfluxDB at http://db:8086 does not know the `token` (authorization failed)',
    hint: 'On InfluxDB 1 it is USER:PASSWORD.',
  })
  expect(failure(403, 'x').message).toContain('does not let this `token` write to bucket logs/autogen')
  expect(failure(404, 'database not found: "logs"')).toMatchObject({
    code: 'not-found',
    hint: expect.stringContaining('CREATE DATABASE "logs"'),
  })
  expect(failure(500, 'x')).toBe(other)
})
