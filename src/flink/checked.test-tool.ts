/** For tests: a pipeline on Kafka and Flink, and what Flink is sent for it. */
import type { KafkaOptions } from '../bus/kafka/options.ts'
import { checkPipeline } from '../pipeline/check/check.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import { readForCheck } from '../pipeline/file/load.ts'
import { loadEveryKind } from '../pipeline/file/load-kinds.ts'
import { type FlinkJob, flinkJobs } from './job.ts'
import { kafkaWiring } from './kafka-wiring.ts'

await loadEveryKind()

/** The pipeline of a file `p.yaml`. */
export const checkedFile = (text: string): CheckedPipeline =>
  checkPipeline(readForCheck('p.yaml', text, { environment: {} }), 0).pipeline

/** Its jobs, on the brokers that it names. */
export const jobsOnKafka = (pipeline: CheckedPipeline): readonly FlinkJob[] =>
  flinkJobs(pipeline, kafkaWiring(pipeline, { bus: pipeline.bus.options as KafkaOptions }))
