/** The engine that runs the queries: `embedded`, or Apache Flink, which `flink://HOST:8083` is short for. */
import * as z from 'zod'
import { eitherForm } from '../../base/options.ts'
import { duration } from '../../base/unit-options.ts'
import type { EngineEntry } from '../definition.ts'
import { oneOf } from './kind-schema.ts'

/** The port of Flink's SQL Gateway, unless it is configured otherwise. */
const GATEWAY_PORT = 8083
/** As for the partitions of a topic: beyond that a mistake is likelier than a cluster. */
const MAX_PARALLELISM = 1024
/** A shorter interval has Kafka do little but transactions. */
const LEAST_CHECKPOINT_MS = 100

const address = z
  .url({ protocol: /^https?$/, error: 'expected http://HOST:PORT, which engine: flink://HOST:PORT is short for' })
  .transform((text) => text.replace(/\/+$/, ''))

const flink = z.strictObject({
  gateway: address.describe('The SQL Gateway of Flink: http://HOST:8083.'),
  jobmanager: address.optional().describe('The REST address of the JobManager: http://HOST:8081.'),
  parallelism: z
    .int()
    .min(1)
    .max(MAX_PARALLELISM)
    .prefault(1)
    .describe('How many tasks run each part of a query at once.'),
  checkpoint: duration
    .refine((interval) => interval >= LEAST_CHECKPOINT_MS, 'checkpoints are 100ms apart at least')
    .optional()
    .describe(
      'How often Flink saves its state; with exactly-once, how often rows come. By default checkpoint.interval.',
    ),
  delivery: z
    .enum(['exactly-once', 'at-least-once'])
    .prefault('exactly-once')
    .describe('How Flink writes to Kafka: in transactions, or without, which is faster and may repeat rows.'),
})

const engines = [
  { name: 'embedded', summary: 'tailrace itself runs the queries.', options: z.strictObject({}) },
  { name: 'flink', summary: 'Apache Flink runs the queries, over topics on Kafka.', options: flink },
]

/** `engine: flink://HOST:8083` is short for `engine: { flink: { gateway: http://HOST:8083 } }`. */
export const engine: z.ZodType<EngineEntry> = eitherForm(oneOf('engine', engines, {}), spellEngine, {
  anyOf: [{ const: 'embedded' }, { type: 'string', pattern: '^flink://' }],
}) as z.ZodType<EngineEntry>

function spellEngine(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const [, host] = /^flink:\/\/(.*)$/s.exec(value) ?? []
  if (host === undefined) return { [value]: {} }
  const gateway = /:\d+\/*$/.test(host) ? host : `${host.replace(/\/+$/, '')}:${GATEWAY_PORT}`
  return { flink: { gateway: `http://${gateway}` } }
}
