import { expect, test } from 'vitest'
import { type Environment, telemetrySettings } from './settings.ts'

function settings(environment: Environment, option?: string) {
  const warnings: string[] = []
  return { found: telemetrySettings(option, environment, (message) => warnings.push(message)), warnings }
}

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/base/' }

test('metrics are pushed where an endpoint is set, and only there', () => {
  expect(settings({})).toEqual({ found: undefined, warnings: [] })
  expect(settings({ OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }).found).toBeUndefined()
  expect(settings(ENDPOINT)).toEqual({
    found: {
      url: 'http://collector:4318/base/v1/metrics',
      isJson: false,
      headers: {},
      isPacked: false,
      timeoutMs: 10_000,
      intervalMs: 60_000,
      tls: {},
      resource: {},
    },
    warnings: [],
  })
  expect(settings({ ...ENDPOINT, OTEL_METRICS_EXPORTER: 'none' }).found).toBeUndefined()
  expect(settings({ ...ENDPOINT, OTEL_SDK_DISABLED: 'true' }).found).toBeUndefined()
  const whole = { ...ENDPOINT, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://x/api/otlp' }
  expect(settings(whole).found?.url).toBe('https://x/api/otlp')
  // What the command line says precedes what all programs are told.
  expect(settings({ ...whole, OTEL_SDK_DISABLED: 'true' }, 'http://127.0.0.1:4318').found?.url).toBe(
    'http://127.0.0.1:4318/v1/metrics',
  )
})

test('variables for metrics precede those for all signals', () => {
  const { found, warnings } = settings({
    ...ENDPOINT,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20secret, x-scope = a=b',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_TIMEOUT: '2000',
    OTEL_EXPORTER_OTLP_CERTIFICATE: 'ca.pem',
    OTEL_METRIC_EXPORT_INTERVAL: '5000',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,deployment.environment.name=a%2Cb',
    OTEL_SERVICE_NAME: 'shop-logs',
  })
  expect(warnings).toEqual([])
  expect(found).toMatchObject({
    isJson: true,
    headers: { authorization: 'Bearer secret', 'x-scope': 'a=b' },
    isPacked: true,
    timeoutMs: 2000,
    intervalMs: 5000,
    tls: { ca: 'ca.pem' },
    resource: { 'service.name': 'shop-logs', 'deployment.environment.name': 'a,b' },
  })
})

test('what is wrong in a variable is said and left out, and no secret is shown', () => {
  const { found, warnings } = settings({
    ...ENDPOINT,
    OTEL_EXPORTER_OTLP_HEADERS: 'secret1,k=%E0%secret2,ok=1,line=a%0Asecret3',
    OTEL_EXPORTER_OTLP_TIMEOUT: '10s',
    OTEL_METRIC_EXPORT_INTERVAL: '0',
  })
  expect(found).toMatchObject({ headers: { ok: '1' }, timeoutMs: 10_000, intervalMs: 60_000 })
  const entry = 'OTEL_EXPORTER_OTLP_HEADERS: an entry is not NAME=VALUE in percent-encoding, and is left out'
  expect(warnings.sort()).toEqual([
    entry,
    entry,
    entry,
    'OTEL_EXPORTER_OTLP_TIMEOUT=10s is no number of milliseconds: it is 10000',
    'OTEL_METRIC_EXPORT_INTERVAL=0 is no number of milliseconds: it is 60000',
  ])
  expect(settings({ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).toEqual({
    found: undefined,
    warnings: [
      'OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not spoken: no metrics are pushed; http/protobuf and http/json are',
    ],
  })
  expect(settings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' })).toEqual({
    found: undefined,
    warnings: ['OTEL_EXPORTER_OTLP_ENDPOINT collector:4318 is no address of HTTP: no metrics are pushed'],
  })
  expect(settings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://u:secret@h' }).warnings).toEqual([
    'OTEL_EXPORTER_OTLP_ENDPOINT: the address has a user in it: no metrics are pushed',
  ])
})

test('a wrong address on the command line is an error', () => {
  expect(() => settings({}, 'collector')).toThrow('--otlp collector is no address of HTTP')
  expect(() => settings({}, 'http://u:secret@h')).toThrow('--otlp: the address has a user in it')
})
