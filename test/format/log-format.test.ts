import { Buffer } from 'node:buffer'
import { expect } from 'vitest'
import { combined, common } from '../../src/format/access-log/access-log.ts'
import { type Decoded, decodeAll } from '../../src/format/decode.test-tool.ts'
import type { OpenFormat } from '../../src/format/format.ts'
import { logFormat } from '../../src/format/log-format/log-format.ts'
import type { Value } from '../../src/record/column.ts'
import { readData, testWithData } from './shared-data.ts'

const NGINX =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
const APACHE = '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"'
const COMMON = '%h %l %u %t "%r" %>s %b'

const open = (text: string): OpenFormat => logFormat.open({ text }, undefined)

/** The rows by record, in the columns that both formats have. */
function byRecord({ rows, origins }: Decoded, names: readonly string[]) {
  return new Map(origins.map((origin, i) => [origin, names.map((name) => rows[i]?.[name] as Value)]))
}

/** A text as `combined` leaves it, with only `\\"` read, without its other escapes. */
function unescaped(value: Value): Value {
  if (typeof value !== 'string') return value
  const bytes = value.replaceAll(/\\(?:x([0-9A-Fa-f]{2})|(\\))/g, (_, hex: string | undefined, backslash: string) =>
    hex === undefined ? backslash : String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString()
}

/**
 * Compares the rows of lines in both formats: the values are the same, without escapes, which `combined` leaves as they are
 * written. Gives the lines (from 1) that only one of them reads, and the number of lines that are the same.
 */
function compare(format: OpenFormat, text: string, bytes: Buffer) {
  const names = open(text)
    .fields.map(({ name }) => name)
    .filter((name) => format.fields.some((field) => field.name === name))
  const lines = bytes.toString('latin1').split('\n')
  const usual = byRecord(decodeAll(format, bytes), names)
  const pasted = byRecord(decodeAll(open(text), bytes), names)
  const onlyUsual = [...usual.keys()].filter((line) => !pasted.has(line)).map((line) => line + 1)
  const onlyPasted = [...pasted.keys()].filter((line) => !usual.has(line)).map((line) => line + 1)
  let same = 0
  let escaped = 0
  const differences: unknown[] = []
  for (const [line, values] of pasted) {
    const expected = usual.get(line)
    if (expected === undefined) continue
    const isEscaped = lines[line]?.includes('\\') === true
    if (isEscaped) escaped++
    else same++
    const isEqual = values.every((value, i) => value === (isEscaped ? unescaped(expected[i] as Value) : expected[i]))
    if (!isEqual) differences.push([line + 1, values, expected])
  }
  expect(differences).toEqual([])
  return { names, same, escaped, onlyUsual, onlyPasted }
}

const ALL = 'host remote_user ts request http_method target path query protocol status body_bytes referer agent'.split(
  ' ',
)

testWithData('the pasted text of combined gives the values of combined: nginx', () => {
  const { names, ...rest } = compare(
    combined.open({}, undefined),
    NGINX,
    readData('access/nginx-combined-28021.log.gz'),
  )
  expect(names).toEqual(ALL)
  expect(rest).toEqual({ same: 28_021, escaped: 0, onlyUsual: [], onlyPasted: [] })
})

testWithData('the same: Apache, except for an agent that was cut off', () => {
  const bytes = readData('access/apache-combined-10000.log.gz')
  const { names, ...rest } = compare(combined.open({}, undefined), APACHE, bytes)
  expect(new Set(names)).toEqual(new Set([...ALL, 'ident']))
  // `combined` has what is left of such an agent in its column rest; a format has nothing but its fields.
  expect(rest).toEqual({ same: 9996, escaped: 3, onlyUsual: [8899], onlyPasted: [] })
  expect(decodeAll(open(APACHE), bytes).rejects.map((reject) => reject.replace(/:\d+ /, ' '))).toEqual([
    `8898 expected '"' behind %{User-Agent}i, found the end of the line`,
  ])
})

testWithData('the same: a mirror', () => {
  const bytes = readData('access/mirror-combined-2019-11_2020-04.log.gz')
  const { names, ...rest } = compare(
    combined.open({}, undefined),
    NGINX,
    bytes.subarray(0, bytes.indexOf(10, 10_000_000) + 1),
  )
  expect(names).toEqual(ALL)
  expect(rest).toEqual({ same: 53_995, escaped: 0, onlyUsual: [], onlyPasted: [] })
})

testWithData('the same: NASA, in the common format', () => {
  const bytes = readData('access/nasa-aug95-first-20000.log.gz')
  const { names, ...rest } = compare(common.open({}, undefined), COMMON, bytes)
  expect(names.length).toBe(12)
  expect(rest).toEqual({ same: 19_999, escaped: 1, onlyUsual: [], onlyPasted: [] })
})

testWithData('the same: lines that break parsers', () => {
  const bytes = readData('nasty/nasty-lines.log')
  const { names, ...rest } = compare(combined.open({}, undefined), NGINX, bytes)
  expect(names).toEqual(ALL)
  expect(rest).toEqual({ same: 47, escaped: 14, onlyUsual: [], onlyPasted: [] })
})
