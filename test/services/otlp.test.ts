/**
 * The collector of OpenTelemetry, unmodified: what it sends to source `otlp` is there, also if tailrace is killed and is down for a while,
 * and it takes the metrics that a run pushes.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { installedCollector, startCollector } from '../../scripts/services/collector/collector.ts'
import { freePorts } from '../../scripts/services/ports.ts'
import { JSON_TYPE } from '../../src/source/otlp/logs-request.ts'
import { requestOf, text } from '../../src/source/otlp/otlp.test-tool.ts'
import { folderWith, jsonOf } from '../cli/tailrace.ts'
import { isMissing } from './missing.ts'

const LIMIT_MS = 180_000
const POLL_MS = 50
const REQUESTS = 30
const RECORDS = 40

const missing = await isMissing('the collector of OpenTelemetry', installedCollector)

const pipelineOf = (port: number) => `version: 1
name: apps
sources:
  sdk: { otlp: { listen: "127.0.0.1:${port}", token: s3cret }, to: logs }
topics:
  logs: { format: otlp }
queries:
  all: SELECT body, severity_number, service_name, attributes['n'] AS n FROM logs
sinks:
  out: { from: all, ndjson: out.ndjson }
`

const bodyOf = (request: number): Buffer =>
  requestOf(
    Array.from({ length: RECORDS }, (_, i) => ({
      timeUnixNano: 1_796_119_201_000_000_000n,
      severityNumber: 9,
      body: text(`${request}:${i}`),
      attributes: [{ key: 'n', value: { intValue: 2n ** 62n + BigInt(i) } }],
    })),
    JSON_TYPE,
    { resource: { attributes: [{ key: 'service.name', value: text('shop') }] } },
  )

const send = async (url: string, request: number): Promise<void> => {
  const answer = await fetch(`${url}/v1/logs`, {
    method: 'POST',
    body: Buffer.from(bodyOf(request)),
    headers: { 'content-type': JSON_TYPE },
  })
  expect(answer.status).toBe(200)
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(POLL_MS)
}

describe.skipIf(missing)('the collector', () => {
  test.each([
    ['protobuf, packed with gzip', 'compression: gzip'],
    ['protobuf, packed with zstd', 'compression: zstd'],
    ['JSON', 'encoding: json\n    compression: none'],
  ])('sends logs, and sends again what was not answered before a kill: %s', { timeout: LIMIT_MS }, async (_, more) => {
    const [port = 0] = await freePorts(1)
    using folder = folderWith({ 'p.yaml': pipelineOf(port), 'out.ndjson': '' })
    await using collector = await startCollector({
      to: `http://127.0.0.1:${port}`,
      exporter: `headers: { authorization: "Bearer s3cret" }\n    ${more}`,
    })
    const first = folder.start('run', 'p.yaml', '--no-listen')
    await first.line(/^apps runs:/)
    for (let request = 0; request < REQUESTS; request++) {
      if (request === REQUESTS / 2) await first.kill()
      await send(collector.url, request)
    }
    const second = folder.start('run', 'p.yaml', '--no-listen')
    const rows = () => jsonOf<{ body: string }>(folder.lines('out.ndjson'))
    await until(() => new Set(rows().map(({ body }) => body)).size === REQUESTS * RECORDS)
    expect(await second.stop()).toMatchObject({ code: 0 })
    for (const row of rows()) {
      const [, i = 0] = row.body.split(':')
      expect(row).toEqual({
        body: row.body,
        severity_number: 9,
        service_name: 'shop',
        n: String(2n ** 62n + BigInt(i)),
      })
    }
  })

  test.each(['http/protobuf', 'http/json'])(
    'takes the metrics of a run: %s',
    { timeout: LIMIT_MS },
    async (protocol) => {
      const [port = 0] = await freePorts(1)
      using folder = folderWith(
        { 'p.yaml': pipelineOf(port), 'out.ndjson': '' },
        {
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
          OTEL_SERVICE_NAME: 'shop-logs',
        },
      )
      await using collector = await startCollector({
        to: `http://127.0.0.1:${port}`,
        exporter: 'headers: { authorization: "Bearer s3cret" }',
      })
      const running = folder.start('run', 'p.yaml', '--no-listen', '--otlp', collector.url)
      await running.line(/^apps runs:/)
      await send(collector.url, 0)
      await until(() => folder.lines('out.ndjson').length === RECORDS)
      const { code, stderr } = await running.stop()
      expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringContaining('warning') })
      const log = () => readFileSync(collector.log, 'utf8')
      const lastOf = (name: string) => log().split(`-> Name: ${name}\n`).at(-1)?.split('Metric #')[0] ?? ''
      await until(() => lastOf('tailrace_sink_rows_total').includes(`Value: ${RECORDS}.000000`))
      expect(log()).toContain('-> service.name: Str(shop-logs)')
      expect(lastOf('tailrace_source_records_total')).toMatch(
        /-> Unit: \n.*-> DataType: Sum\n.*-> IsMonotonic: true\n.*-> AggregationTemporality: Cumulative\n[\s\S]*source: Str\(sdk\)[\s\S]*Value: 40\.000000/,
      )
      expect(lastOf('tailrace_source_bytes_total')).toContain('-> Unit: By\n')
      const writes = lastOf('tailrace_sink_write_seconds')
      const counts = [...writes.matchAll(/Buckets #\d+, Count: (\d+)/g)].map(([, count]) => Number(count))
      expect(counts.length).toBeGreaterThan(5)
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(Number(/^Count: (\d+)/m.exec(writes)?.[1]))
    },
  )
})
