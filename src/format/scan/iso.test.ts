import { Buffer } from 'node:buffer'
import { expect, test } from 'vitest'
import { IsoScan } from './iso.ts'

const scan = new IsoScan()

/** The time as ISO 8601, with Z if the text has a zone; undefined if it is none. */
function read(text: string): string | undefined {
  const bytes = Buffer.from(text)
  const time = scan.timestamp(bytes, 0, bytes.length)
  if (Number.isNaN(time)) return undefined
  const written = new Date(time).toISOString()
  return scan.hasZone ? written : written.slice(0, -1)
}

test('a comma before the fraction, as log4j and Python write it', () => {
  expect(read('2026-11-29 08:00:01,250')).toBe('2026-11-29T08:00:01.250')
  expect(read('2026-11-29T08:00:01,2501+01:00')).toBe('2026-11-29T07:00:01.250Z')
  for (const text of [
    '2026-11-29 08:00:01,',
    '2026-11-29 08:00,250',
    '2026-11-29 08:00:01,x',
    '2026-11-29 08:00:01,2,5',
  ]) {
    expect(read(text), text).toBe(undefined)
  }
})

test('an offset behind a blank, and UTC, as Ruby, Go and PostgreSQL write them', () => {
  expect(read('2026-11-29 08:00:01 +0100')).toBe('2026-11-29T07:00:01.000Z')
  expect(read('2026-11-29 08:00:01.123 UTC')).toBe('2026-11-29T08:00:01.123Z')
  expect(read('2026-11-29T08:00:01UTC')).toBe('2026-11-29T08:00:01.000Z')
  for (const text of [
    '2026-11-29 08:00:01 ',
    '2026-11-29 08:00:01  Z',
    '2026-11-29 08:00:01 CET',
    '2026-11-29 08:00:01 UT',
  ]) {
    expect(read(text), text).toBe(undefined)
  }
})
