/** Opens the sources of a pipeline at the places that the records in their topics give. */
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import type { CheckedPipeline, CheckedSource } from '../pipeline/checked.ts'
import type { LineForm, Source } from '../source/source.ts'
import { lineFormOf } from '../topic/line-form.ts'
import type { Part, WantedPart } from './part-set.ts'
import type { Reach } from './reach.ts'
import type { RunContext } from './run-options.ts'
import { isLeased } from './share/reduce.ts'
import { openSourceMeter, type SourceMeter } from './source-meter.ts'
import { lineOf, type TopicWriter } from './topic-writer.ts'

export type OpenSource = Part & {
  readonly source: Source
  readonly to: string
  /** Which of the topic writers takes its lines: see `sourceWriter`. */
  readonly writer: string
  /** Lines that it had brought in before it was opened. */
  readonly linesBefore: number
  readonly meter: SourceMeter
  /** Whether its input has ended. */
  hasEnded(): boolean
}

type SourceSurroundings = {
  readonly context: RunContext
  readonly writers: ReadonlyMap<string, TopicWriter>
  readonly reach: Reach
}

/**
 * The topic writer of a source: sources of a topic share one. Those that move between processes have one each, which moves with
 * its place.
 */
export const sourceWriter = (source: Pick<CheckedSource, 'name' | 'on' | 'to'>, pipeline: CheckedPipeline): string =>
  isLeased(source, pipeline) ? `${source.to} ${source.name}` : source.to

/** The sources of a pipeline, to open; `writers` as `sourceWriter` calls them. */
export function wantedSources(
  pipeline: CheckedPipeline,
  { context, writers, reach }: SourceSurroundings,
): WantedPart<OpenSource>[] {
  const { sources, folder, timezone } = pipeline
  const { clock, disk, random, stop, untilEnd, warn, missed } = context
  return sources.map(({ name, on, type, options, to, writer: makeEncoder }) => ({
    name,
    madeOf: [type.name, options, to, formOf(pipeline, to, clock).hasHeader, type.intervalMs && timezone],
    async open() {
      const key = sourceWriter({ name, on, to }, pipeline)
      const writer = writers.get(key)
      assert(writer !== undefined, `source ${name} has a topic writer`)
      const halt = new AbortController()
      const meter = openSourceMeter(clock)
      let hasEnded = false
      const resumed = writer.resume(name, type.replayable)
      const say = (message: string) => {
        meter.warned(message)
        warn(`source ${name}: ${message}`)
      }
      const signal = AbortSignal.any([stop, halt.signal])
      const source = await type.open(options, {
        name,
        folder,
        clock,
        disk,
        timezone,
        random,
        ...resumed,
        maxAppendBytes: writer.maxAppendBytes,
        form: formOf(pipeline, to, clock),
        untilEnd,
        signal,
        async write(fields) {
          assert(makeEncoder !== undefined, `a source that writes rows says so, as ${type.name} does not`)
          const encoder = makeEncoder(fields)
          await encoder.ready?.(signal)
          return encoder
        },
        warn: say,
        missed,
        unreachable(failure) {
          const news = reach.note(name, failure)
          if (news !== undefined) say(news)
        },
      })
      return {
        name,
        source,
        to,
        writer: key,
        linesBefore: Math.max(...resumed.places.map(lineOf)),
        meter,
        hasEnded: () => hasEnded,
        async run() {
          await source.run(meter.around(writer.deliver(name)))
          hasEnded = true
        },
        halt: () => halt.abort(),
        async close() {
          reach.forget(name)
          await source[Symbol.asyncDispose]()
        },
      }
    },
  }))
}

function formOf({ topics, timezone }: CheckedPipeline, to: string, clock: Clock): LineForm {
  const topic = topics.find(({ name }) => name === to)
  assert(topic !== undefined, `topic ${to} is declared`)
  return lineFormOf(topic.format, topic.rowtime, timezone, clock)
}
