/**
 * Where and how metrics are pushed: the variables of OpenTelemetry's specification, of which those for metrics alone precede those for
 * all signals, and an address on the command line precedes both. A variable that is wrong is said and left out, as the
 * specification wants it: it may be meant for other programs.
 */
import { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import { withoutPasswords } from '../../base/secret.ts'
import type { TlsFiles } from '../../client/tls.ts'

export type TelemetrySettings = {
  /** The whole address: `http://127.0.0.1:4318/v1/metrics`. */
  readonly url: string
  readonly isJson: boolean
  /** They may be secret, and are never shown. */
  readonly headers: { readonly [name: string]: string }
  readonly isPacked: boolean
  readonly timeoutMs: Duration
  readonly intervalMs: Duration
  readonly tls: TlsFiles
  /** Of the resource; they precede what is said of it otherwise. */
  readonly resource: { readonly [name: string]: string }
}

export type Environment = { readonly [name: string]: string | undefined }

const PATH = 'v1/metrics'
const TIMEOUT_MS = 10_000
const INTERVAL_MS = 60_000

/**
 * The settings; undefined: metrics are not pushed. `option`: the value of `--otlp`. Throws a Failure where that is no address; `warn`
 * gets what is wrong with variables.
 */
export function telemetrySettings(
  option: string | undefined,
  environment: Environment,
  warn: (message: string) => void,
): TelemetrySettings | undefined {
  const read = new Variables(environment, warn)
  if (option === undefined && read.isOff()) return undefined
  const url = option === undefined ? read.endpoint() : endpointOf('--otlp', option)
  if (url === undefined) return undefined
  const protocol = read.protocol()
  if (protocol === undefined) return undefined
  const name = read.own('OTEL_SERVICE_NAME')
  return {
    url,
    isJson: protocol === 'http/json',
    headers: read.pairs(read.of('HEADERS')),
    isPacked: read.of('COMPRESSION')?.text === 'gzip',
    timeoutMs: read.milliseconds(read.of('TIMEOUT'), TIMEOUT_MS),
    intervalMs: read.milliseconds(read.own('OTEL_METRIC_EXPORT_INTERVAL'), INTERVAL_MS),
    tls: {
      ca: read.of('CERTIFICATE')?.text,
      cert: read.of('CLIENT_CERTIFICATE')?.text,
      key: read.of('CLIENT_KEY')?.text,
    },
    resource: {
      ...read.pairs(read.own('OTEL_RESOURCE_ATTRIBUTES')),
      ...(name !== undefined && { 'service.name': name.text }),
    },
  }
}

/** The address for metrics below an endpoint for all signals. Throws a Failure. */
function endpointOf(who: string, text: string): string {
  const url = checkedUrl(who, text)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${PATH}`
  return url.href
}

function checkedUrl(who: string, text: string): URL {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const hint = 'Write it as http://127.0.0.1:4318.'
    throw new Failure('usage', `${who} ${withoutPasswords(text)} is no address of HTTP`, { hint })
  }
  if (url.username === '' && url.password === '') return url
  throw new Failure('usage', `${who}: the address has a user in it`, {
    hint: 'Put it into OTEL_EXPORTER_OTLP_HEADERS: Authorization=Basic%20….',
  })
}

/** A variable that is set, and not to nothing, which counts as not set. */
type Variable = { readonly name: string; readonly text: string }

class Variables {
  readonly #environment: Environment
  readonly #warn: (message: string) => void

  constructor(environment: Environment, warn: (message: string) => void) {
    this.#environment = environment
    this.#warn = warn
  }

  own(name: string): Variable | undefined {
    const text = this.#environment[name]?.trim() ?? ''
    return text === '' ? undefined : { name, text }
  }

  /** A variable of the exporter: that for metrics, or else that for all signals. */
  of(name: string): Variable | undefined {
    return this.own(`OTEL_EXPORTER_OTLP_METRICS_${name}`) ?? this.own(`OTEL_EXPORTER_OTLP_${name}`)
  }

  isOff(): boolean {
    const exporters = this.own('OTEL_METRICS_EXPORTER')?.text.split(',') ?? ['otlp']
    return this.own('OTEL_SDK_DISABLED')?.text.toLowerCase() === 'true' || !exporters.includes('otlp')
  }

  endpoint(): string | undefined {
    try {
      // An address for metrics alone is whole.
      const whole = this.own('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT')
      if (whole !== undefined) return checkedUrl(whole.name, whole.text).href
      const base = this.own('OTEL_EXPORTER_OTLP_ENDPOINT')
      return base && endpointOf(base.name, base.text)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      this.#warn(`${error.message}: no metrics are pushed`)
      return undefined
    }
  }

  protocol(): 'http/json' | 'http/protobuf' | undefined {
    const found = this.of('PROTOCOL')
    if (found === undefined || found.text === 'http/protobuf') return 'http/protobuf'
    if (found.text === 'http/json') return 'http/json'
    this.#warn(`${found.name}=${found.text} is not spoken: no metrics are pushed; http/protobuf and http/json are`)
    return undefined
  }

  milliseconds(found: Variable | undefined, otherwise: Duration): Duration {
    if (found === undefined) return otherwise
    if (/^\d{1,9}$/.test(found.text) && Number(found.text) > 0) return Number(found.text)
    this.#warn(`${found.name}=${found.text} is no number of milliseconds: it is ${otherwise}`)
    return otherwise
  }

  /** `name=value,name=value`, with values in percent-encoding. What is wrong is not shown, as it may be secret. */
  pairs(found: Variable | undefined): { readonly [name: string]: string } {
    const pairs = (found?.text.split(',') ?? []).flatMap((text) => {
      if (text.trim() === '') return []
      const [, name = '', value = ''] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(text) ?? []
      const decoded = percentDecoded(value)
      if (name !== '' && decoded !== undefined && ONE_LINE.test(decoded)) return [[name, decoded] as const]
      this.#warn(`${found?.name}: an entry is not NAME=VALUE in percent-encoding, and is left out`)
      return []
    })
    return Object.fromEntries(pairs)
  }
}

/** Anything that may be in a header. */
const ONE_LINE = /^[\t\x20-\x7e\x80-\u{10ffff}]*$/u

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
