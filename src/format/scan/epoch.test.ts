import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BIGINT, TIMESTAMP, TIMESTAMP_LTZ, type Type, typeName } from '../../record/type.ts'
import { csv } from '../csv/csv.ts'
import type { EpochUnit } from '../declared-columns.ts'
import { decodeAll } from '../decode.test-tool.ts'
import type { Format } from '../format.ts'
import { json } from '../json/json.ts'

const NOW = Date.UTC(2015, 9, 31)

function read(format: Format, text: string, unit?: EpochUnit, type: Type = TIMESTAMP_LTZ) {
  const { rows, rejects } = decodeAll(format.open({ columns: { ts: { type: typeName(type), unit } } }, undefined), text)
  return rows[0]?.ts ?? rejects[0]
}

/** The value of a JSON member, of a quoted one, and of a field of CSV: all are read alike. */
const each = (text: string, unit?: EpochUnit) =>
  [read(json, `{"ts":${text}}`, unit), read(json, `{"ts":"${text}"}`, unit), read(csv, text, unit)].map((found) =>
    typeof found === 'string' ? found.replace(/^0:\d+ /, '').replace(/'"(.*)"'/, "'$1'") : found,
  )
const same = (value: unknown) => [value, value, value]

// Promise: A number of seconds is never taken for milliseconds: it is a dead letter that says what to declare, or is read with its unit.
describe('a number without a unit', () => {
  test.each<[string, number]>([
    ['1446249600000', NOW],
    ['1446249600123', NOW + 123],
    ['99999999999999', 99_999_999_999_999],
    ['100000000000', 100_000_000_000],
    ['-1446249600000', -NOW],
    ['1.4462496e12', NOW],
    ['1446249600000.0', NOW],
    ['0', 0],
    ['99999999', 99_999_999],
  ])('%s is milliseconds', (text, time) => expect(each(text)).toEqual(same(time)))

  const words = (unit: string) => `declare ts: { type: TIMESTAMP_LTZ(3), unit: ${unit} }`
  test.each<[string, string]>([
    ['1446249600', `(as milliseconds it would be 1970-01-17: ${words('s')}, or unit: ms)`],
    ['-1446249600', `(as milliseconds it would be 1969-12-15: ${words('s')}, or unit: ms)`],
    ['1.4462496e9', `(as milliseconds it would be 1970-01-17: ${words('s')}, or unit: ms)`],
    ['99999999999', `(as milliseconds it would be 1973-03-03: ${words('s')}, or unit: ms)`],
    ['1446249499.322', `(without a unit it is to be whole milliseconds: ${words('s')})`],
    ['1446249499322.5', `(without a unit it is to be whole milliseconds: ${words('ms')})`],
    ['1446249600000000', `(as milliseconds it is not from year 1 to 9999: ${words('us')})`],
    ['1446249600000000000', `(as milliseconds it is not from year 1 to 9999: ${words('ns')})`],
  ])('%s is a dead letter that says what to write', (text, hint) => {
    expect(each(text)).toEqual(same(`column ts: '${text}' is not of type TIMESTAMP_LTZ(3) ${hint}`))
  })
})

describe('a number with a unit', () => {
  test.each<[string, EpochUnit, number]>([
    ['1446249600', 's', NOW],
    ['1446249600.322', 's', NOW + 322],
    ['1446249600.322999', 's', NOW + 322],
    ['1446249600.322000000000000001', 's', NOW + 322],
    ['1.4462496e9', 's', NOW],
    ['0', 's', 0],
    ['-1.5', 's', -1500],
    ['253402300799', 's', 253_402_300_799_000],
    ['1446249600', 'ms', 1_446_249_600],
    ['1446249600000', 'ms', NOW],
    ['1446249600000.9', 'ms', NOW],
    ['1446249600000999', 'us', NOW],
    ['1446249600001999999', 'ns', NOW + 1],
  ])('%s in %s', (text, unit, time) => {
    expect(each(text, unit)).toEqual(same(time))
  })

  test.each<[string, EpochUnit]>([
    ['1446249600000', 's'],
    ['1446249600000000', 'ms'],
    ['1e300', 'ns'],
    ['-99999999999999', 's'],
  ])('%s in %s is no time that can be written', (text, unit) => {
    const reason = `column ts: '${text}' is not of type TIMESTAMP_LTZ(3) (in unit ${unit} it is not from year 1 to 9999)`
    expect(each(text, unit)).toEqual(same(reason))
  })

  test('texts are read whatever the unit is', () => {
    expect(read(json, '{"ts":"2015-10-31T01:00:00+01:00"}', 's')).toBe(NOW)
    expect(read(csv, '2015-10-31 00:00:00Z', 'ns')).toBe(NOW)
  })

  test.each([
    ['soon', 'a time is written as 2026-03-01T10:00:00Z'],
    ['2026-03-01T10:00:00', 'it needs a zone, or Z'],
    ['2026-02-30T10:00:00Z', 'a time is written as 2026-03-01T10:00:00Z'],
    ['01/Mar/2026:10:00:00 +0000', 'a time is written as 2026-03-01T10:00:00Z'],
  ])('of a text that is no instant, %s, the reason says what is missing', (text, hint) => {
    const reason = `0:6 column ts: '"${text}"' is not of type TIMESTAMP_LTZ(3) (${hint})`
    expect(read(json, JSON.stringify({ ts: text }), 'ms')).toBe(reason)
  })

  test('agrees with exact arithmetic for any number of digits', () => {
    const powers = { s: 3n, ms: 0n, us: -3n, ns: -6n }
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
        fc.stringMatching(/^\d{0,25}$/),
        fc.constantFrom<EpochUnit>('s', 'ms', 'us', 'ns'),
        (whole, fraction, unit) => {
          const text = fraction === '' ? `${whole}` : `${whole}.${fraction}`
          const digits = BigInt(`${whole}${fraction}`)
          const power = powers[unit] - BigInt(fraction.length)
          const time = power < 0n ? digits / 10n ** -power : digits * 10n ** power
          const isTime = time >= -62_135_596_800_000n && time <= 253_402_300_799_999n
          expect(read(json, `{"ts":${text}}`, unit)).toEqual(
            isTime ? Number(time) : expect.stringContaining('not from year 1 to 9999'),
          )
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

test('other types have hints of their own', () => {
  expect(read(json, '{"ts":1446249600}', undefined, TIMESTAMP)).toBe(
    "0:6 column ts: '1446249600' is not of type TIMESTAMP(3) (a number is an instant, a TIMESTAMP_LTZ(3))",
  )
  expect(read(json, '{"ts":18446744073709551615}', undefined, BIGINT)).toBe(
    "0:6 column ts: '18446744073709551615' is not of type BIGINT",
  )
  expect(Buffer.byteLength(String(read(json, `{"ts":${'9'.repeat(60)}}`, undefined, BIGINT)))).toBeLessThan(100)
})
