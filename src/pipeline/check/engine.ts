/** The engine of a pipeline. */
import type { CheckedEngine } from '../checked.ts'
import type { PipelineFile } from '../definition.ts'
import { chosenBus } from './bus.ts'
import type { Checking } from './checking.ts'

/** The engine that the file names, with its defaults. */
export function chosenEngine({
  engine: { flink },
  checkpoint,
}: Pick<PipelineFile, 'engine' | 'checkpoint'>): CheckedEngine {
  if (flink === undefined) return { kind: 'embedded' }
  const { gateway, jobmanager, parallelism, delivery } = flink
  return {
    kind: 'flink',
    gateway,
    jobmanager,
    parallelism,
    checkpointMs: flink.checkpoint ?? checkpoint.interval,
    delivery,
  }
}

/** Flink reads topics of Kafka, and no data folder. */
export function refuseWithoutKafka({ file, text, failures }: Checking): void {
  if (file.engine.flink === undefined || chosenBus(file).type.isShared) return
  const message = 'Flink reads and writes topics on Kafka, and this pipeline keeps its topics in the data folder'
  failures.push(text.failure(['engine'], message, { hint: 'Name the brokers: bus: kafka://HOST:9092' }))
}
