/** Opens the sources of a pipeline at the places that the records in their topics give. */
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import type { Source } from '../source/source.ts'
import type { Part, WantedPart } from './part-set.ts'
import type { TopicWriter } from './topic-writer.ts'

export type OpenSource = Part & { readonly source: Source; readonly to: string }

type Opening = {
  /** By the name of the topic that a writer fills. */
  readonly writers: ReadonlyMap<string, TopicWriter>
  readonly clock: Clock
  readonly stop: AbortSignal
  readonly untilEnd: boolean
  warn(message: string): void
}

/** The sources of a pipeline, to open. */
export function wantedSources({ sources, folder }: CheckedPipeline, opening: Opening): WantedPart<OpenSource>[] {
  const { writers, clock, stop, untilEnd, warn } = opening
  return sources.map(({ name, type, options, to }) => ({
    name,
    madeOf: [type.name, options, to],
    async open() {
      const writer = writers.get(to)
      assert(writer !== undefined, `source ${name} has a topic writer`)
      const halt = new AbortController()
      const source = await type.open(options, {
        name,
        folder,
        clock,
        ...writer.resume(name, type.replayable),
        untilEnd,
        signal: AbortSignal.any([stop, halt.signal]),
        warn: (message) => warn(`source ${name}: ${message}`),
      })
      return {
        name,
        source,
        to,
        run: () => source.run(writer.deliver(name)),
        halt: () => halt.abort(),
        close: async () => source[Symbol.asyncDispose](),
      }
    },
  }))
}
