/** Names that every object of JavaScript inherits are names as any other. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { folderWith, tailrace } from '../cli/tailrace.ts'

const PIPELINE = `version: 1
name: constructor
sources: { constructor: { file: in.json, to: toString } }
topics:
  toString:
    format: { json: { columns: { constructor: STRING, valueOf: BIGINT, ts: TIMESTAMP_LTZ(3) } } }
    watermark: ts
queries:
  valueOf: SELECT constructor, valueOf FROM toString
  hasOwnProperty: >-
    SELECT window_start, window_end, COUNT(*) AS toString
    FROM TABLE(TUMBLE(TABLE toString, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end
sinks:
  isPrototypeOf: { from: valueOf, csv: rows.csv }
  constructor: { from: hasOwnProperty, ndjson: windows.ndjson }
`
const line = (n: number) => `{"constructor":"c${n}","valueOf":${n},"ts":"2026-03-01T10:0${n}:00Z"}\n`

test('a pipeline with such names runs, goes on after a stop, and shows its status', async () => {
  using folder = folderWith()
  writeFileSync(folder.at('p.yaml'), PIPELINE)
  writeFileSync(folder.at('in.json'), line(1) + line(2))
  const run = () => tailrace(['run', 'p.yaml', '--until-end'], folder.path)
  expect((await run()).stderr).toContain('2 lines in')
  appendFileSync(folder.at('in.json'), line(3))
  expect((await run()).stderr).toContain('1 line in')
  expect(readFileSync(folder.at('rows.csv'), 'utf8')).toBe('constructor,valueOf\nc1,1\nc2,2\nc3,3\n')
  expect(readFileSync(folder.at('windows.ndjson'), 'utf8').match(/"toString":1/g)).toHaveLength(3)
  const { code, stdout } = await tailrace(['topics', 'p.yaml', '--partitions'], folder.path)
  expect([code, stdout]).toEqual([0, expect.stringContaining('query valueOf 0')])
})

test('__proto__, which JavaScript keeps for itself, is refused wherever it is a key', async () => {
  using folder = folderWith()
  for (const text of [
    PIPELINE.replace('  toString:', '  __proto__:'),
    PIPELINE.replace('valueOf: BIGINT', '__proto__: BIGINT'),
  ]) {
    writeFileSync(folder.at('p.yaml'), text)
    const { code, stderr } = await tailrace(['check', 'p.yaml'], folder.path)
    expect([code, stderr]).toEqual([78, expect.stringContaining('__proto__ cannot be a name here')])
  }
})
