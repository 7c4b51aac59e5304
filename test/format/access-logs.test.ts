import { describe, expect } from 'vitest'
import { combined, common } from '../../src/format/access-log/access-log.ts'
import { decodeAll } from '../../src/format/decode.test-tool.ts'
import { detectFormat } from '../../src/format/detect.ts'
import type { OpenFormat } from '../../src/format/format.ts'
import { type Batch, type Column, valueAt } from '../../src/record/column.ts'
import { makeRecords, splitLines } from '../../src/record/lines-split.ts'
import { readData, readFacts, testWithData } from './shared-data.ts'

const NAMES = ['host', 'http_method', 'target', 'protocol', 'ts', 'status', 'body_bytes'] as const

/** The counts of facts.sh: over the lines of the strict rule, by the WHERE of docs/formats.md. */
class Counted {
  rows = 0
  strict = 0
  bytes = 0
  first = Number.POSITIVE_INFINITY
  last = Number.NEGATIVE_INFINITY
  readonly hosts = new Set<string>()
  readonly targets = new Set<string>()
  readonly methods = new Map<string, number>()
  readonly statuses = new Map<string, number>()

  add({ columns, count }: Batch): void {
    const [host, method, target, protocol] = columns.slice(0, 4).map(texts) as [Text, Text, Text, Text]
    const [ts, status, size] = columns.slice(4) as [Column, Column, Column]
    this.rows += count
    for (let row = 0; row < count; row++) {
      // protocol LIKE 'HTTP/_._' AND target NOT LIKE '%"%'
      if (!/^HTTP\/.\..$/.test(protocol(row)) || target(row).includes('"')) continue
      this.strict++
      this.bytes += Number(valueAt(size, row) ?? 0n)
      const time = Number(valueAt(ts, row)) / 1000
      this.first = Math.min(this.first, time)
      this.last = Math.max(this.last, time)
      this.hosts.add(host(row))
      this.targets.add(target(row))
      count1(this.methods, method(row))
      count1(this.statuses, String(valueAt(status, row)))
    }
  }
}

type Text = (row: number) => string

/** The strings of a column as latin1, '' for NULL: faster than `valueAt` for a million rows. */
function texts(column: Column): Text {
  if (column.kind !== 'string') throw new Error('not a string column')
  const { nulls, start, end } = column
  const bytes = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.length)
  return (row) => (nulls?.[row] === 1 ? '' : bytes.toString('latin1', start[row], end[row]))
}

function count1(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function count(open: OpenFormat, bytes: Buffer, chunk: number): { counted: Counted; lines: number; rejects: number } {
  const decode = open.decoder(NAMES.map((name) => open.fields.findIndex((field) => field.name === name)))
  const counted = new Counted()
  const records = makeRecords(0)
  let [lines, rejects] = [0, 0]
  for (let rest = 0; rest < bytes.length; ) {
    rest = splitLines(bytes, rest, Math.min(bytes.length, rest + chunk), records)
    lines += records.count
    counted.add(decode(records, { add: () => rejects++ }))
  }
  return { counted, lines, rejects }
}

describe('facts about real logs, over lines of the strict rule', () => {
  const cases = [
    ['nasa-aug95-first-20000', common, 20_000],
    ['nginx-combined-28021', combined, 28_021],
    ['apache-combined-10000', combined, 10_000],
    ['mirror-combined-2019-11_2020-04', combined, 1_221_662],
  ] as const
  for (const [name, format, rows] of cases) {
    testWithData(name, () => {
      const bytes = readData(`access/${name}.log.gz`)
      const { values, tables } = readFacts(name)
      const { counted, lines, rejects } = count(format.open({}, undefined), bytes, 1_000_003)
      expect({ lines, rejects, rows: counted.rows }).toEqual({ lines: rows, rejects: 0, rows })
      const { strict, hosts, targets, bytes: total, first, last } = counted
      expect({
        well_formed: strict,
        hosts_distinct: hosts.size,
        targets_distinct: targets.size,
        bytes_total: total,
        first_epoch: first,
        last_epoch: last,
      }).toEqual(Object.fromEntries(FACTS.map((fact) => [fact, Number(values.get(fact))])))
      expect(counted.methods).toEqual(new Map(tables.get('by_method')))
      expect(counted.statuses).toEqual(new Map(tables.get('by_status')))

      const sample = makeRecords(0)
      splitLines(bytes, 0, 100_000, sample)
      expect(detectFormat(sample).format.name).toBe(format.name)
    })
  }
})

const FACTS = ['well_formed', 'hosts_distinct', 'targets_distinct', 'bytes_total', 'first_epoch', 'last_epoch']

testWithData('NASA: a line outside of the strict rule has the fields that it contains', () => {
  const { rows } = decodeAll(common.open({}, undefined), readData('access/nasa-aug95-first-20000.log.gz'), [
    'request',
    'http_method',
    'target',
    'protocol',
  ])
  const loose = rows.filter((row) => row.protocol === null)
  expect(loose.length).toBe(49)
  expect(loose.every((row) => row.http_method === 'GET' && /^\/[^ ]*$/.test(String(row.target)))).toBe(true)
  expect(loose.filter((row) => /^GET [^ ]+$/.test(String(row.request))).length).toBe(36)
  expect(loose.filter((row) => /^GET [^ ]+ {3}HTTP\/1.0$/.test(String(row.request))).length).toBe(11)
})
