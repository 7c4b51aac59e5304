/** Opens the sources of a pipeline where the records in their topics say that they stopped. */
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import type { Source } from '../source/source.ts'
import type { Part, WantedPart } from './part-set.ts'
import type { TopicWriter } from './topic-writer.ts'

export type OpenSource = Part & { readonly name: string; readonly source: Source; readonly to: string }

type Opening = {
  /** By name of the topic that they fill. */
  readonly writers: ReadonlyMap<string, TopicWriter>
  readonly clock: Clock
  readonly stop: AbortSignal
  readonly untilEnd: boolean
  warn(message: string): void
}

export function wantedSources({ sources, folder }: CheckedPipeline, opening: Opening): WantedPart<OpenSource>[] {
  const { writers, clock, stop, untilEnd, warn } = opening
  return sources.map(({ name, type, options, to }) => ({
    name,
    madeOf: [type.name, options, to],
    async open() {
      const writer = writers.get(to)
      assert(writer !== undefined, `a writer takes the lines of source ${name}`)
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
