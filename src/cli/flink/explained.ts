/** What `tailrace explain --engine flink` shows: what Flink is sent for a pipeline, as text for its SQL client. No secret is in it. */
import { changedFailure, describeFailure, type Failure } from '../../base/failure.ts'
import { HIDDEN } from '../../base/secret.ts'
import type { KafkaOptions } from '../../bus/kafka/options.ts'
import { flinkDecodings, flinkJobs } from '../../flink/job.ts'
import { kafkaWiring, type PemTexts } from '../../flink/kafka-wiring.ts'
import { flinkNotes } from '../../flink/notes.ts'
import { flinkRefusals } from '../../flink/refusals.ts'
import { flinkScript } from '../../flink/script.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'

/** What stands for the brokers of a pipeline that has none. */
const NO_KAFKA: KafkaOptions = {
  brokers: ['KAFKA:9092'],
  tls: false,
  client_id: 'tailrace',
  prefix: '',
  compression: 'lz4',
}

/** The text for Flink's SQL client. */
export function flinkText(pipeline: CheckedPipeline): string {
  const { bus, engine } = pipeline
  const isKafka = bus.type.isShared
  const shown = withoutSecrets(isKafka ? (bus.options as KafkaOptions) : NO_KAFKA, pipeline)
  const jobs = flinkJobs(pipeline, kafkaWiring(pipeline, { bus: shown, pem: pemShown(shown) }))
  const gateway = engine.kind === 'flink' ? `sent to ${engine.gateway}` : 'as engine: flink://HOST:8083 would have it'
  const notes = flinkNotes(pipeline)
  const all = [
    `pipeline ${pipeline.name} on Apache Flink, ${gateway}`,
    ...(isKafka ? [] : [NO_KAFKA_TEXT]),
    ...decodedText(pipeline),
    ...notes.flatMap((one) => (one.query === undefined ? [`note: ${oneLine(one.note)}`] : [])),
    ...flinkRefusals(pipeline).map((failure) => `REFUSED: ${oneLine(failure)}`),
  ]
  const of = (query: string) => notes.flatMap((one) => (one.query === query ? [`note: ${oneLine(one.note)}`] : []))
  return flinkScript(jobs, { all, of })
}

const NO_KAFKA_TEXT =
  'KAFKA:9092 stands for brokers: this pipeline keeps its topics in the data folder, which Flink cannot read'

/** The topics of rows, and what tailrace puts into them. */
const decodedText = (pipeline: CheckedPipeline): readonly string[] =>
  flinkDecodings(pipeline).map(
    ({ table: { name, kind, topic } }) => `tailrace puts the rows of ${kind} ${name} into topic ${topic}`,
  )

/** A failure in a comment, without the line that it is about. */
function oneLine(failure: Failure): string {
  const { place } = failure
  const shown = place === undefined ? undefined : { file: place.file, line: place.line, column: place.column }
  return describeFailure(changedFailure(failure, { place: shown, also: [] }))
}

/** The options with the variable that the password comes from, or with stars for it. */
function withoutSecrets(options: KafkaOptions, { mask }: CheckedPipeline): KafkaOptions {
  if (options.sasl === undefined) return options
  const shown = mask(options.sasl.password)
  return { ...options, sasl: { ...options.sasl, password: /^\$\{[^}]*\}$/.test(shown) ? shown : HIDDEN } }
}

/** What stands for the texts of certificates. */
function pemShown({ tls }: KafkaOptions): PemTexts {
  if (typeof tls === 'boolean') return {}
  const { ca, cert, key } = tls
  const textOf = (path: string | undefined) => (path === undefined ? undefined : `(the text of ${path})`)
  return { ca: textOf(ca), cert: textOf(cert), key: key === undefined ? undefined : HIDDEN }
}
