/** Metrics that the real process pushes by OTLP: what comes, in which encoding, and what it says where nobody takes them. */
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type Asked, startServer } from '../../src/client/http/http-server.test-tool.ts'
import { METRICS_ANSWER, METRICS_REQUEST, type Metric, STATUS } from '../../src/client/otlp/messages.ts'
import { writeWire } from '../../src/client/otlp/wire-write.ts'
import { decode } from '../../src/source/otlp/otlp.test-tool.ts'
import { accessLines, DAY } from '../access-line.ts'
import { DEMO } from './demo.ts'
import { folderWith } from './tailrace.ts'

const PROTOBUF = 'application/x-protobuf'

function metricsOf({ headers, body }: Asked): { metrics: readonly Metric[]; resource: Map<string, string> } {
  const plain = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
  const request = decode(METRICS_REQUEST, plain, headers['content-type'] ?? null)
  const [of] = request.resourceMetrics
  const attributes = of?.resource.attributes ?? []
  return {
    metrics: of?.scopeMetrics[0]?.metrics ?? [],
    resource: new Map(attributes.map(({ key = '', value }) => [key, value?.stringValue ?? ''])),
  }
}

/** The value of a metric for these labels. */
function pointOf(metrics: readonly Metric[], name: string, labels: { readonly [name: string]: string }): unknown {
  const { sum, gauge, histogram } = metrics.find((metric) => metric.name === name) ?? {}
  const points = [...((sum ?? gauge ?? histogram)?.dataPoints ?? [])]
  const found = points.find(({ attributes = [] }) =>
    Object.entries({ ...labels, pipeline: 'demo' }).every(([key, text]) =>
      attributes.some((one) => one.key === key && one.value?.stringValue === text),
    ),
  )
  return found === undefined ? undefined : 'asDouble' in found ? found.asDouble : found.count
}

// Promise otlp-metrics: The last push of a run that ends has its final numbers.
test.each([
  ['http/protobuf', PROTOBUF],
  ['http/json', 'application/json'],
])('the last push of a run has its final numbers: %s', async (protocol, type) => {
  const server = await startServer(
    (_, response) => void response.writeHead(200, { 'content-type': type }).end(type === PROTOBUF ? '' : '{}'),
  )
  using folder = folderWith(
    { 'p.yaml': DEMO, 'access.log': `${accessLines(130, DAY)}noise\n` },
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20s3cret',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      OTEL_METRIC_EXPORT_INTERVAL: '50',
    },
  )
  const { code, stderr } = await folder.tailrace('run', 'p.yaml', '--until-end')
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringContaining('warning') })
  const last = server.asked.at(-1) as Asked
  expect(last).toMatchObject({
    method: 'POST',
    url: '/v1/metrics',
    headers: { authorization: 'Bearer s3cret', 'content-type': type },
  })
  const { metrics, resource } = metricsOf(last)
  expect(resource.get('service.name')).toBe('tailrace')
  expect(resource.get('service.instance.id')).toMatch(/\/demo$/)
  expect(resource.get('deployment.environment.name')).toBe('test')
  expect(pointOf(metrics, 'tailrace_source_records_total', { source: 'log', topic: 'access' })).toBe(131)
  expect(pointOf(metrics, 'tailrace_dead_letters_total', { topic: 'access', kind: 'format' })).toBe(1)
  expect(pointOf(metrics, 'tailrace_sink_rows_total', { sink: 'paths' })).toBeGreaterThan(1)
  expect(pointOf(metrics, 'tailrace_sink_write_seconds', { sink: 'paths' })).toBeGreaterThan(0n)
  expect(pointOf(metrics, 'process_cpu_seconds_total', {})).toBeGreaterThan(0)
})

// Promise otlp-away: A collector that cannot be reached neither ends a run nor changes what it delivers; a warning says so once.
test('where nobody takes them, that is said once, and the run delivers all the same', async () => {
  using folder = folderWith(
    { 'p.yaml': DEMO, 'access.log': accessLines(130, DAY) },
    { OTEL_METRIC_EXPORT_INTERVAL: '20', OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20s3cret' },
  )
  const { code, stderr } = await folder.tailrace('run', 'p.yaml', '--until-end', '--otlp', 'http://127.0.0.1:9')
  expect(code).toBe(0)
  expect(stderr.match(/^warning: .*/gm)).toEqual([
    'warning: metrics cannot be pushed to http://127.0.0.1:9/v1/metrics: cannot reach http://127.0.0.1:9: the connection was refused; it is tried again, and the pipeline goes on',
  ])
  expect(stderr).toMatch(/^130 lines in/m)
})

test('a refusal is said in the words of the server, without secrets, and once it works again', async () => {
  let isDown = true
  const server = await startServer((_, response) => {
    if (isDown) {
      const message = 'the token s3cret is not known'
      response.writeHead(401, { 'content-type': PROTOBUF }).end(writeWire(STATUS, { message }))
      return
    }
    const partialSuccess = { rejectedDataPoints: 2n, errorMessage: 'too many labels' }
    response.writeHead(200, { 'content-type': PROTOBUF }).end(writeWire(METRICS_ANSWER, { partialSuccess }))
  })
  using folder = folderWith(
    { 'p.yaml': DEMO, 'access.log': accessLines(130, DAY) },
    { OTEL_METRIC_EXPORT_INTERVAL: '20', OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20s3cret' },
  )
  const running = folder.start('run', 'p.yaml', '--no-listen', '--otlp', server.url)
  const refused = await running.line(/cannot be pushed/)
  isDown = false
  await running.line(/pushed to .* again/)
  const { stderr } = await running.stop()
  expect(refused).toContain(
    `metrics cannot be pushed to ${server.url}/v1/metrics: it answers 401: the token *** is not known; it is tried again`,
  )
  expect(stderr).not.toContain('s3cret')
  expect(stderr.match(/has not taken 2 values of the metrics: too many labels/g)).toHaveLength(1)
})

test('a server that does not answer holds a run up at its end for a short time only', async () => {
  const server = await startServer(() => undefined)
  using folder = folderWith({ 'p.yaml': DEMO, 'access.log': accessLines(130, DAY) })
  const { code, stderr } = await folder.tailrace('run', 'p.yaml', '--until-end', '--otlp', server.url)
  expect(code).toBe(0)
  expect(stderr).toContain(
    `warning: metrics cannot be pushed to ${server.url}/v1/metrics: no answer within 2s; the last ones are lost`,
  )
})
