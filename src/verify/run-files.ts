/**
 * Brings files into the topics of a pipeline as its sources would: by the very run of `tailrace run`, in a folder of its own, with
 * scripts in place of the sources. Queries whose rows the compared ones read run too, and nothing else.
 */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import { DAY_MS } from '../base/calendar.ts'
import type { Clock } from '../base/clock.ts'
import { nodeDisk } from '../base/disk/node-disk.ts'
import { Failure } from '../base/failure.ts'
import { seededRandom } from '../base/random.ts'
import { EMBEDDED } from '../bus/all.ts'
import type { BusReader } from '../bus/bus.ts'
import { textOf } from '../bytes/text.ts'
import type { CheckedPipeline, CheckedQuery, CheckedTopic } from '../pipeline/checked.ts'
import { runPipeline } from '../run/run.ts'
import { checkReadable } from '../source/file/find.ts'
import { SharedOutput } from '../terminal/output.ts'
import { ofLines, onScripts } from '../testing/on-scripts.ts'
import { openScript, type Script } from '../testing/script.ts'

export type TopicFiles = { readonly topic: string; readonly files: readonly string[] }

/** The bus with the topics, and the pipeline whose formats decode them. */
export type FilledTopics = AsyncDisposable & { readonly pipeline: CheckedPipeline; readonly bus: BusReader }

export type TopicFilling = {
  readonly dataFolder: string
  readonly queries: readonly CheckedQuery[]
  readonly clock: Clock
  readonly stop: AbortSignal
  warn(message: string): void
}

/** Longest file that is one record. */
const MOST_RECORD_BYTES = 64 << 20

/** Runs the files through the pipeline. Rejects with the Failure of a file, or of the run. */
export async function fillTopics(
  declared: CheckedPipeline,
  given: readonly TopicFiles[],
  { dataFolder, queries, clock, stop, warn }: TopicFilling,
): Promise<FilledTopics> {
  const pipeline = ofLines(declared)
  const scripts = new Map(given.map(({ topic }) => [topic, openScript()]))
  const running = runPipeline(withScripts(pipeline, scripts, upstream(queries, pipeline)), {
    dataFolder,
    untilEnd: true,
    reset: new Map(),
    clock,
    random: seededRandom(1),
    disk: nodeDisk,
    stop,
    output: new SharedOutput(new PassThrough()),
    started() {},
    warn,
  })
  const sending = async () => {
    for (const { topic, files } of given) {
      const script = scripts.get(topic) as Script
      const isWhole = wholeFiles(declared, topic)
      for (const file of files) await (isWhole ? sendWhole : sendLines)(script, file, stop)
      script.end()
    }
  }
  // A run that fails ends the sending, which would wait for it.
  await Promise.race([sending(), running])
  await running
  const context = { folder: pipeline.folder, clock, random: seededRandom(1), warn, disk: nodeDisk, dataFolder }
  const bus = await EMBEDDED.type.read(EMBEDDED.options, context)
  return { pipeline, bus, [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() }
}

/** Whether the file of a topic is one record: where a source of it takes files so. */
const wholeFiles = ({ sources }: CheckedPipeline, topic: string): boolean =>
  sources.some(({ to, options }) => to === topic && (options as { readonly record?: unknown })?.record === 'file')

async function sendLines(script: Script, file: string, stop: AbortSignal): Promise<void> {
  await checkReadable(file, process.cwd(), 'verify')
  const faults: string[] = []
  const options = { name: file, fault: ({ kind }: { readonly kind: string }) => void faults.push(kind) }
  for await (const bytes of textOf(createReadStream(file, { highWaterMark: 1 << 20, signal: stop }), options)) {
    await script.send({ kind: 'stream', bytes })
  }
  if (faults.length > 0) throw new Failure('corrupt', `${file} is ${faults[0]}`)
}

async function sendWhole(script: Script, file: string): Promise<void> {
  await checkReadable(file, process.cwd(), 'verify')
  const bytes = await readFile(file)
  if (bytes.length > MOST_RECORD_BYTES) {
    throw new Failure('limit', `${basename(file)} is longer than the 64 MiB of a record`)
  }
  await script.send({ kind: 'record', bytes, path: resolve(file) })
}

/** The queries whose rows these read, and theirs. */
function upstream(queries: readonly CheckedQuery[], pipeline: CheckedPipeline): readonly CheckedQuery[] {
  const wanted = new Set<string>()
  const visit = ({ reads }: CheckedQuery): void => {
    for (const query of pipeline.queries.filter(({ name }) => reads.includes(name) && !wanted.has(name))) {
      wanted.add(query.name)
      visit(query)
    }
  }
  for (const query of queries) visit(query)
  return pipeline.queries.filter(({ name }) => wanted.has(name))
}

/** The pipeline with what fills these topics, and nothing else. */
function withScripts(
  pipeline: CheckedPipeline,
  scripts: ReadonlyMap<string, Script>,
  queries: readonly CheckedQuery[],
): CheckedPipeline {
  const isNeeded = ({ name }: CheckedTopic) =>
    scripts.has(name) || queries.some((query) => query.name === name || query.reads.includes(name))
  const filled = onScripts(pipeline, scripts)
  return {
    ...filled,
    queries,
    topics: filled.topics.filter(isNeeded),
    alerts: [],
    reports: [],
    // Nobody goes on with this run.
    checkpointIntervalMs: DAY_MS,
  }
}
