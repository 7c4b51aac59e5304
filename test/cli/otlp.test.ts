/** Logs by OTLP to the real process, which is killed once they are answered: their rows are in the result, each once. */
import { expect, test } from 'vitest'
import { PROTOBUF } from '../../src/source/otlp/logs-request.ts'
import { requestOf, text } from '../../src/source/otlp/otlp.test-tool.ts'
import { folderWith, jsonOf } from './tailrace.ts'

const PIPELINE = `version: 1
name: apps
sources:
  sdk: { otlp: { listen: "127.0.0.1:0" }, to: logs }
topics:
  logs:
    format: { otlp: { inside: { body: { logfmt: { columns: { customer: STRING, took: INT } } } } } }
    watermark: ts - INTERVAL '5' SECOND
queries:
  errors: |
    SELECT ts, service_name, attributes['code'] AS code, resource_attributes['host.name'] AS host, customer, took
    FROM logs
    WHERE severity_number >= 17
sinks:
  out: { from: errors, ndjson: errors.ndjson }
`
const START = Date.parse('2026-12-01T10:00:00Z')

const bodyOf = (number: number): Buffer =>
  requestOf(
    [9, 17].map((severityNumber) => ({
      timeUnixNano: BigInt(START + number) * 1_000_000n,
      severityNumber,
      body: text(`customer="c ${number}" took=${number}`),
      attributes: [{ key: 'code', value: { intValue: 9_007_199_254_740_993n } }],
    })),
    PROTOBUF,
    {
      resource: {
        attributes: [
          { key: 'service.name', value: text('shop') },
          { key: 'host.name', value: text('h1') },
        ],
      },
    },
  )

test('what was answered is in the result once, after SIGKILL too', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE })
  let number = 0
  for (const requests of [20, 20]) {
    const running = folder.start('run', 'p.yaml')
    const port = await running.port(/^apps runs:/)
    for (let i = 0; i < requests; i++) {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/logs`, {
        method: 'POST',
        body: Buffer.from(bodyOf(number++)),
        headers: { 'content-type': PROTOBUF },
      })
      expect(answer.status).toBe(200)
    }
    await running.kill()
  }
  const last = folder.start('run', 'p.yaml')
  await last.port(/^apps runs:/)
  expect(await last.stop()).toMatchObject({ code: 0 })
  expect(jsonOf(folder.lines('errors.ndjson'))).toEqual(
    Array.from({ length: number }, (_, i) => ({
      ts: new Date(START + i).toISOString(),
      service_name: 'shop',
      code: '9007199254740993',
      host: 'h1',
      customer: `c ${i}`,
      took: i,
    })),
  )
})
