/**
 * Flink as a racer: a cluster as a server runs, with the compilers and collectors of its own scripts and memory to spare, and jobs
 * that are sent to its SQL Gateway and followed to their end.
 */
import { setTimeout } from 'node:timers/promises'
import { type Flink, startFlink } from '../../scripts/services/flink/flink.ts'
import type { FlinkNode } from '../../scripts/services/flink/settings.ts'
import { openFlinkSession } from '../../src/client/flink/gateway.ts'
import type { Watch } from './first-row.ts'
import type { Run } from './race.ts'
import { type Cpus, cpuOfAll, peakMiB, resetPeak } from './usage.ts'

const HEAP_MB = 2048
const LOOK_MS = 50
const LIMIT_MS = 600_000

/** As Flink's own scripts start a TaskManager; the services of the tests stop at the quick compiler, to start sooner. */
const COMPILERS = ['-XX:TieredStopAtLevel=4']
const JAVA_OPTIONS: Readonly<Record<FlinkNode, readonly string[]>> = {
  jobmanager: COMPILERS,
  gateway: COMPILERS,
  taskmanager: [...COMPILERS, '-XX:-UseSerialGC', '-XX:+UseG1GC', `-Xms${HEAP_MB}m`],
}

/** What Flink's documentation recommends; see docs/benchmarks.md. */
const SETTINGS: Readonly<Record<string, string>> = {
  'pipeline.object-reuse': 'true',
  'table.local-time-zone': 'UTC',
  'execution.checkpointing.interval': '10 s',
  'restart-strategy.type': 'none',
}

/** https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/dev/table/tuning/ */
export const MINI_BATCH: Readonly<Record<string, string>> = {
  'table.exec.mini-batch.enabled': 'true',
  'table.exec.mini-batch.allow-latency': '5 s',
  'table.exec.mini-batch.size': '5000',
  'table.optimizer.agg-phase-strategy': 'TWO_PHASE',
}

export type FlinkJob = {
  readonly mode: 'streaming' | 'batch'
  readonly settings?: Readonly<Record<string, string>>
  /** CREATE TABLE statements. */
  readonly tables: readonly string[]
  readonly insert: string
  /** Begins to look for the first row. */
  watch(): Watch
}

export type Cluster = AsyncDisposable & {
  readonly cores: 1 | 2
  readonly cpus: Cpus
  /** The folder of its nodes, for files that jobs write. */
  readonly folder: string
  /** Runs a job to its end, from the moment its INSERT is sent. Throws with the words of Flink where it fails. */
  run(job: FlinkJob): Promise<Run>
}

/** A cluster whose TaskManager has as many slots and processors as there are cores. */
export async function startCluster(cores: 1 | 2, cpus: Cpus): Promise<Cluster> {
  const flink = await startFlink({
    heapMb: HEAP_MB,
    javaOptions: JAVA_OPTIONS,
    cpus: { taskmanager: cpus.engine, jobmanager: cpus.beside, gateway: cpus.beside },
    settings: {
      'taskmanager.numberOfTaskSlots': cores,
      'taskmanager.cpu.cores': cores,
      'taskmanager.memory.managed.size': '1g',
      'taskmanager.memory.network.min': '256m',
      'taskmanager.memory.network.max': '256m',
      'parallelism.default': cores,
    },
  })
  return {
    cores,
    cpus,
    folder: flink.folder,
    run: (job) => runJob(flink, cores, job),
    [Symbol.asyncDispose]: flink.stop,
  }
}

async function runJob(flink: Flink, cores: number, job: FlinkJob): Promise<Run> {
  const properties = {
    ...SETTINGS,
    'execution.runtime-mode': job.mode,
    'parallelism.default': String(cores),
    ...job.settings,
  }
  await using session = await openFlinkSession(flink.gateway, properties)
  const ask = async (statement: string) => {
    const answer = await session.ask(statement)
    if (answer.kind === 'error') throw new Error(`Flink refuses a statement: ${answer.message}\n${statement}`)
    return answer.rows
  }
  for (const table of job.tables) await ask(table)
  const worker = [flink.pid('taskmanager')]
  const beside = [flink.pid('jobmanager'), flink.pid('gateway')]
  for (const pid of [...worker, ...beside]) resetPeak(pid)
  const before = { worker: cpuOfAll(worker), beside: cpuOfAll(beside) }
  const [began, beganAt] = [performance.now(), Date.now()]
  const watching = job.watch()
  try {
    const id = String((await ask(job.insert))[0]?.fields[0])
    const { endAt, durationMs } = await endOf(flink.jobManager, id)
    const first = await watching.stop()
    return {
      seconds: (endAt - beganAt) / 1000,
      workSeconds: durationMs / 1000,
      firstSeconds: (first - began) / 1000,
      cpuSeconds: cpuOfAll(worker) - before.worker,
      besideSeconds: cpuOfAll(beside) - before.beside,
      brokerSeconds: 0,
      peakMiB: [...worker, ...beside].reduce((sum, pid) => sum + peakMiB(pid), 0),
    }
  } finally {
    await watching.stop()
  }
}

type JobDetails = { readonly state: string; readonly 'end-time': number; readonly duration: number }
type JobExceptions = { readonly exceptionHistory?: { readonly entries: readonly { readonly stacktrace: string }[] } }

/** Waits for the end of a job: its moment by the clock of the machine, and how long it took since it was there. */
async function endOf(jobManager: string, id: string): Promise<{ readonly endAt: number; readonly durationMs: number }> {
  const limit = performance.now() + LIMIT_MS
  while (performance.now() < limit) {
    const job = (await (await fetch(`${jobManager}/jobs/${id}`)).json()) as JobDetails
    if (job.state === 'FINISHED') return { endAt: job['end-time'], durationMs: job.duration }
    if (job.state === 'FAILED' || job.state === 'CANCELED') throw new Error(`job ${id}: ${await why(jobManager, id)}`)
    await setTimeout(LOOK_MS)
  }
  throw new Error(`job ${id} has not ended after ${LIMIT_MS / 1000} s`)
}

async function why(jobManager: string, id: string): Promise<string> {
  const { exceptionHistory } = (await (await fetch(`${jobManager}/jobs/${id}/exceptions`)).json()) as JobExceptions
  const lines = exceptionHistory?.entries[0]?.stacktrace.split('\n') ?? []
  return lines
    .filter((line) => !/^\s+(at|\.\.\.) /.test(line))
    .slice(0, 10)
    .join('\n')
}
