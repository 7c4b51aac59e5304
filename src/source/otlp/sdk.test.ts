/** Logs of the official SDK of OpenTelemetry, sent by its own exporters. */
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { expect, test } from 'vitest'
import { decodeAll } from '../../format/decode.test-tool.ts'
import { otlp as format } from '../../format/otlp/otlp.ts'
import { withOtlp } from './otlp.test-tool.ts'

// Promise otlp-sdk: Logs of the official SDK, in protobuf and in JSON, are rows with all of their columns.
test.each([
  ['protobuf', ProtobufExporter, undefined],
  ['JSON', JsonExporter, undefined],
  ['protobuf, packed', ProtobufExporter, 'gzip'],
] as const)('logs of the official SDK are rows with all of their columns: %s', async (_, Exporter, compression) => {
  const lines = await withOtlp({ token: 's3cret' }, async (_, url) => {
    const exporter = new Exporter({
      url: `${url}/v1/logs`,
      headers: { authorization: 'Bearer s3cret' },
      ...(compression !== undefined && { compression: compression as never }),
    })
    const provider = new LoggerProvider({
      resource: resourceFromAttributes({ 'service.name': 'shop', 'host.cpus': 4 }),
      processors: [new BatchLogRecordProcessor({ exporter })],
    })
    provider.getLogger('cart', '1.2').emit({
      timestamp: new Date('2026-12-01T10:00:00.123Z'),
      observedTimestamp: new Date('2026-12-01T10:00:01Z'),
      severityNumber: 17,
      severityText: 'ERROR',
      body: 'no "stock"\nleft',
      eventName: 'cart.failed',
      attributes: { 'http.status_code': 503, ratio: 0.5, retry: true, tags: ['a', 'b'], inner: { deep: [1] } },
    })
    provider
      .getLogger('cart')
      .emit({ timestamp: 1_764_583_200_000, observedTimestamp: 1_764_583_201_000, body: { items: [1, 'two'] } })
    await provider.shutdown()
  })
  const resource = {
    service_name: 'shop',
    resource_attributes: [
      ['service.name', 'shop'],
      ['host.cpus', '4'],
    ],
  }
  const { rows, rejects } = decodeAll(format.open({}, undefined), lines.join('\n'))
  expect(rejects).toEqual([])
  expect(rows).toEqual([
    {
      ...NOTHING,
      ...resource,
      ts: Date.parse('2026-12-01T10:00:00.123Z'),
      observed_ts: Date.parse('2026-12-01T10:00:01Z'),
      severity_number: 17,
      severity_text: 'ERROR',
      body: 'no "stock"\nleft',
      event_name: 'cart.failed',
      attributes: [
        ['http.status_code', '503'],
        ['ratio', '0.5'],
        ['retry', 'true'],
        ['tags', '["a","b"]'],
        ['inner', '{"deep":[1]}'],
      ],
      scope_name: 'cart',
      scope_version: '1.2',
    },
    {
      ...NOTHING,
      ...resource,
      ts: 1_764_583_200_000,
      observed_ts: 1_764_583_201_000,
      body: '{"items":[1,"two"]}',
      scope_name: 'cart',
    },
  ])
})

const NOTHING = Object.fromEntries(format.open({}, undefined).fields.map(({ name }) => [name, null]))
