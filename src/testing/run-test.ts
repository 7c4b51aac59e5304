/**
 * Runs a test of a pipeline file: the very run of `tailrace run`, on a disk in memory, with a clock that the steps move. What
 * touches the outside is not there: sources are replaced by what the test sends, and sinks and notifiers are left out.
 */
import { readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import { assert } from '../base/assert.ts'
import { openMemoryDisk } from '../base/disk/memory-disk.ts'
import { Failure } from '../base/failure.ts'
import type { EventTime } from '../base/quantity.ts'
import { seededRandom } from '../base/random.ts'
import { EMBEDDED } from '../bus/all.ts'
import type { Bus } from '../bus/bus.ts'
import type { OwnBusContext } from '../bus/bus-type.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import type { CheckedStep, CheckedTest } from '../pipeline/expect/checked-test.ts'
import type { ExpectedRow } from '../pipeline/expect/expected-rows.ts'
import type { SentLines } from '../pipeline/expect/test-entry.ts'
import { runPipeline } from '../run/run.ts'
import type { Steering } from '../run/run-options.ts'
import { SharedOutput } from '../terminal/output.ts'
import { type GivenLookup, openGivenLookup } from './given-lookup.ts'
import { givenTable } from './given-table.ts'
import { judgeTest, type Problem } from './judge.ts'
import { filledTopics, ofLines, onScripts } from './on-scripts.ts'
import { openScript, type Script, type Sent } from './script.ts'
import { openVirtualClock, type VirtualClock } from './virtual-clock.ts'

/** The most bytes of a file that a test sends. */
const MOST_FILE_BYTES = 64 << 20
const DATA_FOLDER = '/data'

export type TestResult = {
  readonly problems: readonly Problem[]
  /** What the run has warned of. */
  readonly notes: readonly string[]
}

/** Runs a test of a pipeline. Rejects with the Failure that ended the run. */
export async function runTest(test: CheckedTest, declared: CheckedPipeline): Promise<TestResult> {
  const pipeline = ofLines(declared)
  const clock = openVirtualClock(test.now)
  const scripts = new Map(filledTopics(pipeline).map(({ name }) => [name, openScript()]))
  const stored = new Map([...pipeline.tables.keys()].map((name): [string, ExpectedRow[]] => [name, []]))
  const lookups = givenLookups(test, pipeline)
  const notes: string[] = []
  const stop = new AbortController()
  const schedules = new AbortController()
  const steered = Promise.withResolvers<Steering>()
  let opened: Bus | undefined
  const openBus = async (context: OwnBusContext) => {
    opened = await EMBEDDED.type.open(EMBEDDED.options, context)
    // What came out is read once the run has ended.
    return { ...opened, async [Symbol.asyncDispose]() {} }
  }
  const running = runPipeline(withoutOutside(pipeline, { scripts, stored, lookups }), {
    dataFolder: DATA_FOLDER,
    untilEnd: true,
    reset: new Map(),
    clock,
    random: seededRandom(1),
    disk: openMemoryDisk(),
    openBus,
    stop: stop.signal,
    schedules: schedules.signal,
    output: new SharedOutput(new PassThrough()),
    started() {},
    warn: (message) => void notes.push(message),
    note: (message) => void notes.push(message),
    steer: steered.resolve,
  })
  const takeSteps = async () => {
    const steering = await steered.promise
    for (const step of test.steps) await takeStep(step, { pipeline, clock, scripts, stored, lookups, steering })
  }
  try {
    // A run that fails ends the steps, which would wait for it.
    await Promise.race([takeSteps(), running])
    schedules.abort()
    if (!test.end) stop.abort()
    for (const script of scripts.values()) script.end()
    await running
    assert(opened !== undefined, 'a run has opened its bus')
    return { problems: await judgeTest(test, pipeline, opened), notes }
  } finally {
    stop.abort()
    await running.catch(() => undefined)
    await opened?.[Symbol.asyncDispose]()
  }
}

/** The pipeline with the test's sources and tables, and nothing that leads outside. */
function withoutOutside(
  pipeline: CheckedPipeline,
  { scripts, stored, lookups }: Pick<Steered, 'scripts' | 'stored' | 'lookups'>,
): CheckedPipeline {
  return {
    ...onScripts(pipeline, scripts),
    tables: new Map(
      [...pipeline.tables].map(([name, table]) => [name, { ...table, type: givenTable(name, stored.get(name) ?? []) }]),
    ),
    lookups: new Map([...pipeline.lookups].map(([name, own]) => [name, lookups.get(name)?.checked ?? own])),
    checkpointIntervalMs: Number.POSITIVE_INFINITY,
  }
}

type Steered = {
  readonly pipeline: CheckedPipeline
  readonly clock: VirtualClock
  readonly scripts: ReadonlyMap<string, Script>
  /** The rows of tables of stores. */
  readonly stored: ReadonlyMap<string, ExpectedRow[]>
  /** The lookup tables that the test gives a content. */
  readonly lookups: ReadonlyMap<string, GivenLookup>
  readonly steering: Steering
}

/** Lookup tables that no step gives anything have the content of their files. */
function givenLookups({ steps }: CheckedTest, { lookups }: CheckedPipeline): Steered['lookups'] {
  const given = steps.flatMap((step) => (step.kind === 'rows' || step.kind === 'content' ? [step.table] : []))
  return new Map([...lookups].flatMap(([name, own]) => (given.includes(name) ? [[name, openGivenLookup(own)]] : [])))
}

async function takeStep(step: CheckedStep, steered: Steered): Promise<void> {
  const { pipeline, clock, scripts, stored, lookups, steering } = steered
  const goTo = (instant: EventTime) => clock.goTo(instant, dueBetween(pipeline, clock.now(), instant), steering.settle)
  switch (step.kind) {
    case 'at': {
      const { instant } = step
      if (instant >= clock.now()) return await goTo(instant)
      const [there, here] = [instant, clock.now()].map((time) => new Date(time).toISOString())
      throw new Failure('pipeline', `a step at ${there} comes after ${here}: the clock of a test never goes back`)
    }
    case 'wait':
      return await goTo(clock.now() + step.time)
    case 'send':
      await scripts.get(step.to)?.send(sentOf(step.sent, pipeline.folder))
      return await steering.settle()
    case 'rows':
      stored.get(step.table)?.push(...step.rows)
      lookups.get(step.table)?.giveRows(step.rows)
      return await steering.lookUp()
    case 'content':
      lookups.get(step.table)?.giveFile(readSample(resolve(pipeline.folder, step.file), step.file))
      return await steering.lookUp()
    case 'report':
      return await steering.report(step.report, clock.now())
  }
}

/** The times at which reports are due, in order. */
function dueBetween({ reports }: CheckedPipeline, from: EventTime, to: EventTime): readonly EventTime[] {
  const times = reports.flatMap(({ schedule }) => {
    const due: EventTime[] = []
    for (let at = schedule?.after(from); at !== undefined && at <= to; at = schedule?.after(at)) due.push(at)
    return due
  })
  return [...new Set(times)].sort((a, b) => a - b)
}

function sentOf({ lines, record, file, whole, partition, key, path }: SentLines, folder: string): Sent {
  const of = { partition, key, path }
  if (file !== undefined) {
    const found = resolve(folder, file)
    return { kind: whole === true ? 'record' : 'file', bytes: readSample(found, file), ...of, path: path ?? found }
  }
  if (record !== undefined) return { kind: 'record', bytes: Buffer.from(record), ...of }
  const isPlain = partition === undefined && key === undefined && path === undefined
  return { kind: isPlain ? 'stream' : 'file', bytes: Buffer.from(linesText(lines ?? '')), ...of }
}

/** The lines, each with its end. */
function linesText(lines: NonNullable<SentLines['lines']>): string {
  if (typeof lines === 'string') return lines === '' || lines.endsWith('\n') ? lines : `${lines}\n`
  return lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')
}

function readSample(path: string, written: string): Uint8Array {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    throw new Failure('not-found', `the test sends ${written}, which cannot be read: ${(cause as Error).message}`, {
      cause,
    })
  }
  if (bytes.length <= MOST_FILE_BYTES) return bytes
  throw new Failure('limit', `${basename(path)} is longer than the 64 MiB that a test sends`)
}
