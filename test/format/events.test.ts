import type { Buffer } from 'node:buffer'
import { expect } from 'vitest'
import { decodeAll } from '../../src/format/decode.test-tool.ts'
import { detectFormat } from '../../src/format/detect.ts'
import { openJson } from '../../src/format/json/json.ts'
import type { Value } from '../../src/record/column.ts'
import { makeRecords, splitLines } from '../../src/record/lines-split.ts'
import { readData, readFacts, testWithData } from './shared-data.ts'

async function openFound(bytes: Buffer) {
  const sample = makeRecords(0)
  splitLines(bytes, 0, Math.min(bytes.length, 262_144), sample)
  const { format } = await detectFormat(sample)
  const open = format.open({}, sample)
  const head = open.skipsFirstLine ? bytes.indexOf('\n') + 1 : 0
  return { name: format.name, open, data: bytes.subarray(head) }
}

const sum = (values: readonly (Value | undefined)[]) =>
  values.reduce((total: bigint, value) => total + BigInt(value as bigint), 0n)

testWithData('JSON of one level: the facts of the mirror log', async () => {
  const { name, open, data } = await openFound(readData('events/mirror-2020-05-15-raw-order.ndjson.gz'))
  const { values, tables } = readFacts('mirror-2020-05-15-raw-order')
  const { rows, rejects } = decodeAll(open, data, ['time', 'method', 'path', 'size'])
  expect({ name, rows: rows.length, rejects }).toEqual({ name: 'json', rows: 53_471, rejects: [] })
  expect(String(sum(rows.map((row) => row.size)))).toBe(values.get('bytes_total'))
  expect(new Set(rows.map((row) => row.path)).size).toBe(Number(values.get('paths_distinct')))
  expect(rows.filter((row) => row.method === 'HEAD').length).toBe(new Map(tables.get('by_method')).get('HEAD'))
  const times = rows.map((row) => Number(row.time)).sort((a, b) => a - b)
  expect(`${iso(times[0])} ${iso(times.at(-1))}`).toBe('2020-05-14T19:50:42Z 2020-05-15T19:21:43Z')
})

const iso = (ms: number | undefined) => new Date(ms ?? 0).toISOString().replace('.000Z', 'Z')

testWithData('JSON of many levels: declared columns agree with JSON.parse', () => {
  const bytes = readData('events/gharchive-2015-01-01-0.ndjson.gz')
  const open = openJson([
    { field: { name: 'id', type: { kind: 'BIGINT' } } },
    { field: { name: 'repo', type: { kind: 'STRING' } }, path: ['repo', 'name'] },
    { field: { name: 'size', type: { kind: 'INT' } }, path: ['payload', 'size'] },
    { field: { name: 'commits', type: { kind: 'STRING' } }, path: ['payload', 'commits'] },
    { field: { name: 'created_at', type: { kind: 'TIMESTAMP_LTZ' } } },
  ])
  const { rows, rejects } = decodeAll(open, bytes)
  expect(rejects).toEqual([])
  const parsed = bytes
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(
    rows.map((row) => ({ ...row, commits: row.commits === null ? null : JSON.parse(String(row.commits)) })),
  ).toEqual(
    parsed.map((event) => ({
      id: BigInt(event.id),
      repo: event.repo.name,
      size: event.payload.size ?? null,
      commits: event.payload.commits ?? null,
      created_at: Date.parse(event.created_at),
    })),
  )
})

testWithData('TSV with more columns in its head than fields in its rows', async () => {
  const { name, open, data } = await openFound(readData('events/nasa-1995-08-01.tsv.gz'))
  const { rows, rejects } = decodeAll(open, data)
  expect({ name, rows: rows.length, rejects }).toEqual({ name: 'tsv', rows: 30_969, rejects: [] })
  const names = 'host logname time method url response bytes referer useragent'
  expect(Object.keys(rows[0] ?? {})).toEqual(names.split(' '))
  const first = ['pppa006.compuserve.com', '-', 807256800n, 'GET', '/images/launch-logo.gif', 200n, 1713n, null, null]
  expect(Object.values(rows[0] ?? {})).toEqual(first)
})
