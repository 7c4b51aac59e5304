/** Runs of an example by the built command line, each to its end in a folder of its own, and what each of them has taken. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parse } from 'yaml'
import { freePorts } from '../../scripts/services/ports.ts'
import type { RunSummary } from '../../src/run/run-summary.ts'
import type { PipelineStatus } from '../../src/run/status/status.ts'
import { runToEnd } from '../kafka/child.ts'
import { OUT } from '../measure.ts'
import type { Document, Example } from './examples.ts'
import type { Servers } from './servers.ts'
import { type SeenAt, watchStore } from './stores.ts'

/** Compilers are at work at first, and tables are made. */
const FIRST_MS = 6000
const LOOK_MS = 250
/** A run that takes longer has failed. */
const LIMIT_SECONDS = 150

/** The parts of a pipeline that read its topics. */
const READERS = ['views', 'tables', 'queries', 'reports', 'alerts', 'sinks']

export type Setting = { readonly example: Example; readonly servers: Servers | undefined }

/** Rates are from the first record to the end of the run; processor and memory are of the whole process. */
export type Taken = {
  readonly recordsPerSecond: number
  readonly rowsPerSecond: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly cpuMicros: number
  readonly peakMiB: number
}

/** As fast as records are taken, by the times that they say. */
export const runFast = (setting: Setting, records: number): Promise<Taken> =>
  run(setting, prepare(setting, 'fast', { rate: 'max', count: records }))

/** The generator alone: a topic that nobody reads. */
export const runAlone = (setting: Setting, records: number): Promise<Taken> =>
  run(setting, prepare(setting, 'alone', { rate: 'max', count: records }))

/** How long after its window could close, at the earliest, each answer was in its store, in ms; and what the run has taken. */
export async function runPaced(
  setting: Setting,
  records: number,
): Promise<Taken & { readonly waits: readonly number[] }> {
  const { example, servers } = setting
  const prepared = prepare(setting, 'paced', { rate: `${example.rate}/s`, count: records })
  const ended = new AbortController()
  const look = servers === undefined ? example.look : example.clusterLook
  const watching = watchStore(look, { folder: resolve(prepared.file, '..'), servers }, ended.signal)
  const began = Date.now()
  const taken = await run(setting, prepared).finally(() => ended.abort())
  return { ...taken, waits: waitsOf(await watching, { from: began + FIRST_MS, delayMs: example.delayMs }) }
}

/** The last windows are closed by the end of the input, before a record would have closed them. */
const waitsOf = (seen: SeenAt, { from, delayMs }: { readonly from: number; readonly delayMs: number }): number[] =>
  [...seen].filter(([end]) => end >= from).flatMap(([end, at]) => (at >= end + delayMs ? [at - end - delayMs] : []))

export type Burst = {
  /** Records a second into the bus, and how many were waiting there at most. */
  readonly recordsPerSecond: number
  readonly mostLag: number
  /** From the last record to the end of the run, when nothing waits any more. */
  readonly drainSeconds: number
}

/** A rate that the stores may not keep up with: how much waits on the bus, and how long until nothing does. */
export async function runBurst(
  setting: Setting,
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
): Promise<Burst> {
  const prepared = prepare(setting, 'burst', { rate: `${rate}/s`, count: rate * seconds })
  const [port = 0] = await freePorts(1)
  const ended = new AbortController()
  const looks = watchLag(setting.example.source, port, ended.signal)
  await run(setting, prepared, ['--listen', `127.0.0.1:${port}`]).finally(() => ended.abort())
  const endAt = performance.now()
  const seen = await looks
  const first = seen.find(({ lines }) => lines > 0)
  const last = seen.find(({ lines }) => lines === rate * seconds) ?? seen.at(-1)
  if (first === undefined || last === undefined) throw new Error(`${setting.example.name} has told nothing of its lag`)
  return {
    recordsPerSecond: (1000 * (last.lines - first.lines)) / (last.at - first.at),
    mostLag: Math.max(...seen.map(({ lag }) => lag)),
    drainSeconds: (endAt - last.at) / 1000,
  }
}

type LagSeen = { readonly at: number; readonly lines: number; readonly lag: number }

async function watchLag(source: string, port: number, signal: AbortSignal): Promise<LagSeen[]> {
  const seen: LagSeen[] = []
  while (!signal.aborted) {
    await setTimeout(LOOK_MS)
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/status`).catch(() => undefined)
    if (answer?.ok !== true) continue
    const { sources, sinks, queries } = (await answer.json()) as PipelineStatus
    const places = [...sinks.map(({ reads }) => reads), ...queries.flatMap(({ reads }) => reads)]
    const lines = sources.find(({ name }) => name === source)?.lines ?? 0
    seen.push({ at: performance.now(), lines, lag: Math.max(0, ...places.map(({ lag }) => lag)) })
  }
  return seen
}

type Prepared = { readonly file: string; readonly overlays: readonly string[] }
type Way = 'fast' | 'paced' | 'alone' | 'burst'

/** Copies the files of an example, without its tests and without what writes to the screen, and writes the overlays. */
function prepare({ example, servers }: Setting, way: Way, dials: object): Prepared {
  const { name, source, topic, shorter, generator, always, paced, embedded, cluster } = example
  const from = join('examples', name)
  const folder = resolve(OUT, 'pipelines', `${name}-${way}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'out'), { recursive: true })
  for (const one of readdirSync(from)) if (/\.(yaml|csv|avsc)$/.test(one)) cpSync(join(from, one), join(folder, one))
  const isPaced = way === 'paced'
  const place = (file: string, content: Document): string => {
    const path = join(folder, file)
    writeFileSync(path, JSON.stringify(way === 'alone' ? withoutReaders(content) : content, null, 2))
    return path
  }
  const text = readFileSync(join(from, 'pipeline.yaml'), 'utf8')
  const whole = parse(isPaced ? withTexts(text, shorter) : text) as Document
  const file = place('pipeline.yaml', withoutParts(whole, example.without))
  const given = { [source]: { generator: { ...generator[isPaced ? 'paced' : 'fast'], ...dials }, to: topic } }
  const onServers = servers && [parse(readFileSync(join(from, 'cluster.yaml'), 'utf8')) as Document, cluster]
  const laid = [...(onServers ?? [embedded]), { sources: given }, always, isPaced ? paced : undefined]
  return { file, overlays: laid.flatMap((content, i) => (content ? [place(`bench-${i}.yaml`, content)] : [])) }
}

/** A pipeline file that leaves out its tests, what writes to the screen, and these parts. */
function withoutParts({ tests: _, ...whole }: Document, without: readonly string[]): Document {
  const isLeft = (part: string, name: string, content: unknown) =>
    !without.includes(`${part}.${name}`) && !(part === 'sinks' && 'console' in (content as object))
  const left = Object.entries(whole).map(([part, content]) => [
    part,
    typeof content === 'object'
      ? Object.fromEntries(Object.entries(content).filter(([name, one]) => isLeft(part, name, one)))
      : content,
  ])
  return Object.fromEntries(left) as Document
}

const withoutReaders = (whole: Document): Document =>
  Object.fromEntries(Object.entries(whole).filter(([part]) => !READERS.includes(part)))

function withTexts(text: string, changes: Example['shorter']): string {
  return changes.reduce((all, [from, to]) => {
    if (!all.includes(from)) throw new Error(`the pipeline file has no '${from}'`)
    return all.replaceAll(from, to)
  }, text)
}

async function run({ servers }: Setting, { file, overlays }: Prepared, more: readonly string[] = []): Promise<Taken> {
  Object.assign(process.env, servers?.environment)
  const laid = overlays.flatMap((overlay) => ['--with', overlay])
  const data = ['--data', join(file, '../data'), '--until-end', '--json']
  const tailrace = [process.execPath, 'dist/cli/main.cjs', 'run', file, ...laid, ...data, ...more]
  const { output, cpuSeconds, peakMiB } = await runToEnd(['timeout', String(LIMIT_SECONDS), ...tailrace])
  const { lines, delivered, elapsedMs, waitedMs } = JSON.parse(output) as RunSummary
  const seconds = (elapsedMs - waitedMs) / 1000
  const rows = Object.values(delivered).reduce((sum, count) => sum + count, 0)
  return {
    recordsPerSecond: lines / seconds,
    rowsPerSecond: rows / seconds,
    seconds,
    cpuSeconds,
    cpuMicros: (cpuSeconds / lines) * 1e6,
    peakMiB,
  }
}
