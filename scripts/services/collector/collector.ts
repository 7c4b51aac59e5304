/**
 * The collector of OpenTelemetry, with the parts that tests use: OTLP in, OTLP over HTTP out, and the exporter `debug`, which writes what it
 * gets. Go builds it, once, in a minute.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { builtByGo } from '../go-program.ts'
import { openGuard } from '../guard.ts'
import { freePorts } from '../ports.ts'
import { startProcess } from '../server-process.ts'
import { type Shipper, startShipper } from '../shipper.ts'

const COLLECTOR_VERSION = '0.165.0'
/** That of its modules that are stable. */
const STABLE_VERSION = '1.71.0'

const collectorModules = (version: string, names: readonly string[]) =>
  names.map((name) => `go.opentelemetry.io/collector/${name}@v${version}`)

/** The path of the program, which is built if it is not there. Throws if it cannot be. */
export const installedCollector = (): Promise<string> =>
  builtByGo({
    name: 'otelcol',
    version: COLLECTOR_VERSION,
    what: 'the collector of OpenTelemetry',
    main: new URL('main.go', import.meta.url),
    modules: [
      ...collectorModules(STABLE_VERSION, [
        'component',
        'confmap',
        'confmap/provider/fileprovider',
        'exporter',
        'receiver',
      ]),
      ...collectorModules(COLLECTOR_VERSION, [
        'exporter/debugexporter',
        'exporter/otlphttpexporter',
        'otelcol',
        'receiver/otlpreceiver',
        'service',
      ]),
    ],
  })

export type Collector = Shipper & {
  /** Where it takes OTLP over HTTP. */
  readonly url: string
}

/**
 * Starts a collector that writes the metrics that it gets to its log, and sends logs on to `to`. `exporter`: more lines of its exporter
 * `otlp_http`.
 */
export async function startCollector({
  to,
  exporter = '',
}: {
  readonly to: string
  readonly exporter?: string
}): Promise<Collector> {
  const command = await installedCollector()
  const guard = await openGuard('collector')
  try {
    const [port] = await freePorts(1)
    const address = `127.0.0.1:${port}`
    const file = join(guard.folder, 'collector.yaml')
    await writeFile(
      file,
      `receivers:
  otlp: { protocols: { http: { endpoint: "${address}" } } }
exporters:
  debug: { verbosity: detailed }
  otlp_http:
    endpoint: "${to}"
    retry_on_failure: { initial_interval: 100ms, max_interval: 500ms }
    ${exporter}
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    logs: { receivers: [otlp], exporters: [otlp_http] }
    metrics: { receivers: [otlp], exporters: [debug] }
`,
    )
    const args = ['--config', `file:${file}`]
    const shipper = await startShipper(guard, async () => {
      const process = await startProcess(guard, { name: 'collector', command, args })
      // It answers 405: all it has to do is to answer.
      await process.ready(() =>
        fetch(`http://${address}/v1/logs`).then(
          () => true,
          () => false,
        ),
      )
      return process
    })
    return Object.assign(shipper, { url: `http://${address}` })
  } catch (error) {
    await guard[Symbol.asyncDispose]()
    throw error
  }
}
