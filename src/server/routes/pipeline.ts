/** `/api/v1/pipeline`: what the pipeline is, as its file declares it. How it stands is in `/api/v1/status`. */
import * as z from 'zod'
import { openRunOf } from '../open-run.ts'
import { graphOf } from '../pipeline/graph.ts'
import { defineRoute, inJson, type Route } from './route.ts'

const part = z.strictObject({
  id: z.string().describe('as trouble calls it: sink archive'),
  kind: z.enum(['source', 'topic', 'query', 'alert', 'report', 'sink', 'table']),
  name: z.string(),
  what: z.string().describe('the kind of a source or sink, the format of a topic'),
  topic: z.string().nullable().describe('on the bus'),
  written: z.string().nullable().describe('its entry in the pipeline file, as YAML, without secrets'),
  sql: z.string().nullable(),
  columns: z
    .array(z.strictObject({ name: z.string(), type: z.string() }))
    .readonly()
    .nullable(),
  watermark: z.strictObject({ column: z.string(), written: z.string().nullable() }).nullable(),
  notifiers: z.array(z.string()).readonly().nullable().describe('of an alert: names of sinks in the status'),
})

export const pipelineRoute: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/pipeline',
  summary: 'The parts of the pipeline, and what flows from which to which.',
  answer: inJson(
    z.strictObject({
      name: z.string(),
      timezone: z.string(),
      parts: z.array(part).readonly(),
      edges: z.array(z.strictObject({ from: z.string(), to: z.string() })).readonly(),
    }),
  ),
  handle(_, { run }) {
    const { pipeline } = openRunOf(run)
    return { name: pipeline.name, timezone: pipeline.timezone, ...graphOf(pipeline) }
  },
})
