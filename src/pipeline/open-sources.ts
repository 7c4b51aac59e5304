/** Opens the sources of a pipeline where the records in their topics say that they stopped. */
import type { Clock } from '../base/clock.ts'
import type { Source } from '../source/source.ts'
import type { CheckedPipeline } from './checked.ts'
import type { Ingest } from './ingest.ts'

export type OpenSources = {
  readonly opened: readonly { readonly source: Source; readonly to: string; run(): Promise<void> }[]
  [Symbol.asyncDispose](): Promise<void>
}

type Opening = {
  readonly pipeline: CheckedPipeline
  /** By name of the topic that they fill. */
  readonly ingests: ReadonlyMap<string, Ingest>
  readonly clock: Clock
  readonly stop: AbortSignal
  readonly untilEnd: boolean
  warn(message: string): void
}

export async function openSources({ pipeline, ingests, clock, stop, untilEnd, warn }: Opening): Promise<OpenSources> {
  await using cleanup = new AsyncDisposableStack()
  const opened: OpenSources['opened'][number][] = []
  for (const { name, type, options, to } of pipeline.sources) {
    const ingest = ingests.get(to)
    if (ingest === undefined) throw new Error(`internal error: nothing takes the lines of source ${name}`)
    const source = await type.open(options, {
      name,
      folder: pipeline.folder,
      clock,
      ...ingest.resume(name, type.replayable),
      untilEnd,
      signal: stop,
      warn: (message) => warn(`source ${name}: ${message}`),
    })
    cleanup.use(source)
    opened.push({ source, to, run: () => source.run(ingest.deliver(name)) })
  }
  const all = cleanup.move()
  return { opened, [Symbol.asyncDispose]: () => all.disposeAsync() }
}
