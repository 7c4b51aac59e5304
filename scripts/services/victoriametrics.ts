/** VictoriaMetrics, from Debian: it takes line protocol at InfluxDB's address. */
import { join } from 'node:path'
import { debianProgram } from './debian.ts'
import { openGuard } from './guard.ts'
import { freePorts } from './ports.ts'
import { answersAt, startProcess } from './server-process.ts'
import { portOf, type ServiceCommand } from './service-command.ts'

export type VictoriaMetrics = AsyncDisposable & {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly port: number
  readonly folder: string
  readonly pid: number
  readonly log: string
  /** All points of the series that the selector of PromQL matches: the labels of the series, the time in ms and the value. */
  points(selector: string): Promise<readonly MetricPoint[]>
  stop(): Promise<void>
}

export type MetricPoint = {
  readonly labels: Readonly<Record<string, string>>
  readonly time: number
  readonly value: number
}

/** Starts a server that keeps points for 100 years. Throws if it is not installed. */
export async function startVictoriaMetrics({ port }: { readonly port?: number } = {}): Promise<VictoriaMetrics> {
  const command = debianProgram('victoriametrics')
  const guard = await openGuard('victoriametrics')
  try {
    const [free = 0] = await freePorts(1)
    const address = `127.0.0.1:${port ?? free}`
    const url = `http://${address}`
    const process = await startProcess(guard, {
      name: 'victoriametrics',
      command,
      args: [
        `-storageDataPath=${join(guard.folder, 'data')}`,
        `-httpListenAddr=${address}`,
        '-retentionPeriod=100y',
        '-memory.allowedPercent=2',
        // Else a point that is written twice is there twice.
        '-dedup.minScrapeInterval=1ms',
        // Else a point is seen a second after it was written, or later.
        '-search.latencyOffset=0s',
      ],
    })
    await process.ready(() => answersAt(`${url}/health`))
    const stop = async () => await guard[Symbol.asyncDispose]()
    return {
      url,
      port: Number(new URL(url).port),
      folder: guard.folder,
      pid: process.pid,
      log: process.log,
      async points(selector) {
        // What was written is searchable once it is flushed.
        await fetch(`${url}/internal/force_flush`)
        const answer = await fetch(`${url}/api/v1/export`, {
          method: 'POST',
          body: new URLSearchParams({ 'match[]': selector }),
        })
        return pointsOf(await answer.text())
      },
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await guard[Symbol.asyncDispose]()
    throw error
  }
}

/** One series of JSON a line. */
function pointsOf(text: string): readonly MetricPoint[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const { metric, values, timestamps } = JSON.parse(line) as {
        readonly metric: Readonly<Record<string, string>>
        readonly values: readonly number[]
        readonly timestamps: readonly number[]
      }
      return values.map((value, i) => ({ labels: metric, time: timestamps[i] ?? 0, value }))
    })
}

export const victoriametricsOnCommand: ServiceCommand = {
  name: 'victoriametrics',
  usage: 'victoriametrics [PORT]',
  summary: 'VictoriaMetrics (from Debian)',
  async start([port]) {
    const server = await startVictoriaMetrics(port === undefined ? {} : { port: portOf(port) })
    return {
      folder: server.folder,
      pids: [server.pid],
      addresses: { address: server.url, log: server.log },
      [Symbol.asyncDispose]: server.stop,
    }
  },
}
