/** A pipeline whose lines come from scripts in place of its sources, and which leads nowhere outside. */
import { EMBEDDED } from '../bus/all.ts'
import type { CheckedPipeline, CheckedTopic } from '../pipeline/checked.ts'
import type { Script } from './script.ts'

/** The pipeline with topics of lines alone, as a script sends lines: records of Avro come as lines of JSON. */
export const ofLines = (pipeline: CheckedPipeline): CheckedPipeline => ({
  ...pipeline,
  topics: pipeline.topics.map((topic) => ({ ...topic, format: topic.inTests ?? topic.format })),
})

/** The topics that sources fill, or other programs. */
export const filledTopics = ({ topics, queries }: CheckedPipeline): readonly CheckedTopic[] =>
  topics.filter(({ name }) => queries.every((query) => query.name !== name))

/** The pipeline with a script for each of these topics. Nothing is deleted, so that all that came out can be read. */
export function onScripts(pipeline: CheckedPipeline, scripts: ReadonlyMap<string, Script>): CheckedPipeline {
  const kept = { timeMs: undefined, bytes: undefined, limit: undefined, whenFull: 'block' } as const
  return {
    ...pipeline,
    bus: EMBEDDED,
    engine: { kind: 'embedded' },
    sources: [...scripts].map(([to, { type }]) => ({ name: to, type, options: {}, to, writer: undefined })),
    sinks: [],
    topics: pipeline.topics.map((topic) => ({ ...topic, retention: kept })),
    limits: { ...pipeline.limits, disk: undefined },
  }
}
