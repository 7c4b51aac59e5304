/** Settings of Flink for the job of a query: https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/deployment/config/ */
import { assert } from '../base/assert.ts'
import type { Duration } from '../base/quantity.ts'
import type { CheckedEngine, CheckedPipeline, CheckedQuery } from '../pipeline/checked.ts'
import type { Options } from './create.ts'

export type FlinkEngine = Extract<CheckedEngine, { readonly kind: 'flink' }>

/** The engine of the file; where that is embedded, Flink as it would be without options. */
export function flinkEngine({
  engine,
  checkpointIntervalMs,
}: Pick<CheckedPipeline, 'engine' | 'checkpointIntervalMs'>): FlinkEngine {
  if (engine.kind === 'flink') return engine
  return {
    kind: 'flink',
    gateway: 'http://127.0.0.1:8083',
    jobmanager: undefined,
    parallelism: 1,
    checkpointMs: checkpointIntervalMs,
    delivery: 'exactly-once',
  }
}

/** A job that fails is started again after a second, and after longer the more often it fails, up to a minute. */
const RESTARTS: Options = {
  'restart-strategy.type': 'exponential-delay',
  'restart-strategy.exponential-delay.initial-backoff': '1 s',
  'restart-strategy.exponential-delay.max-backoff': '1 min',
}

/** A length of time as Flink's options have it. */
export function flinkDuration(time: Duration): string {
  assert(Number.isFinite(time), 'a time that never ends is no option')
  return time % 1000 === 0 ? `${time / 1000} s` : `${time} ms`
}

/**
 * The settings of a query's job. `isRead`: another query reads its rows by event time, so they have to come in its order, which one task
 * alone keeps.
 */
export function jobSettings({ name, query }: CheckedQuery, pipeline: CheckedPipeline, isRead: boolean): Options {
  const { parallelism, checkpointMs, delivery } = flinkEngine(pipeline)
  const ttl = query.ttl === undefined || query.ttl === Number.POSITIVE_INFINITY ? undefined : query.ttl
  return {
    'pipeline.name': `${pipeline.name}.${name}`,
    'execution.runtime-mode': 'streaming',
    'table.local-time-zone': pipeline.timezone,
    'parallelism.default': String(isRead ? 1 : parallelism),
    'execution.checkpointing.interval': flinkDuration(checkpointMs),
    'execution.checkpointing.mode': delivery === 'exactly-once' ? 'EXACTLY_ONCE' : 'AT_LEAST_ONCE',
    'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
    ...(ttl !== undefined && { 'table.exec.state.ttl': flinkDuration(ttl) }),
    ...RESTARTS,
  }
}
