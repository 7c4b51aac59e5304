/**
 * Prepares the formats of a loaded pipeline, once, before it is checked: what a format has to fetch or load is in its options
 * afterwards, so that checking waits for nothing.
 */
import { Failure, failuresIn } from '../../base/failure.ts'
import { loadFormat } from '../../format/all.ts'
import type { Format } from '../../format/format.ts'
import { prepareFormat } from '../../format/open.ts'
import type { PipelineFile } from '../definition.ts'
import type { PipelineText } from './pipeline-text.ts'

/** The parts of a `LoadedPipeline` that preparing may change. */
export type Prepared = {
  readonly definition: PipelineFile
  readonly problems: readonly Failure[]
  readonly leftOut: ReadonlySet<string>
  readonly unprepared: readonly Failure[]
}

/** The pipeline without the topics whose formats could not be prepared. */
export async function prepareFormats(
  { definition, ...loaded }: Prepared,
  { folder, text }: { readonly folder: string; readonly text: PipelineText },
  formatOf: (name: string) => Promise<Format> = loadFormat,
): Promise<Prepared> {
  const topics = { ...definition.topics }
  const problems = [...loaded.problems]
  const unprepared = [...loaded.unprepared]
  const leftOut = new Set(loaded.leftOut)
  for (const [topic, entry] of Object.entries(definition.topics)) {
    for (const [kind, written] of Object.entries(entry.format)) {
      try {
        const { options } = await prepareFormat(
          { format: await formatOf(kind), options: written },
          { folder, topic },
          formatOf,
        )
        topics[topic] = { ...entry, format: { [kind]: options } }
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        const placed = failuresIn(error).map((failure) => formatFailure(failure, topic, kind, text))
        if (error.retryable) unprepared.push(...placed)
        else problems.push(...placed)
        leftOut.add(topic)
        delete topics[topic]
      }
    }
  }
  return { definition: { ...definition, topics }, problems, unprepared, leftOut }
}

/** A Failure of a format, moved to the option of the topic that it is about. */
export function formatFailure(failure: Failure, topic: string, kind: string, text: PipelineText): Failure {
  const { message, hint, part, place } = failure
  const path = ['topics', topic, 'format', ...(part === undefined ? [] : [kind, ...part])]
  return place === undefined ? text.failure(path, message, { hint }) : text.sqlFailure(path, failure)
}
