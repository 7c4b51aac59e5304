/**
 * Writes rows as records to a topic of a Kafka cluster, which need not be the one that the pipeline runs on.
 *
 * Each record is there once, whatever becomes of requests, brokers and this process: the appends are those of the bus on Kafka, which
 * carry the position of their writer. Here that is the offset of the source up to which a partition has the records; a delivery
 * that comes again leaves out what is there.
 */
import { Failure } from '../../base/failure.ts'
import { seededRandom } from '../../base/random.ts'
import type { Bus, Topic } from '../../bus/bus.ts'
import { prepareFormat, writerOf } from '../../format/open.ts'
import { shortTypeName } from '../../record/type.ts'
import { defineSink, type Sink, type SinkContext, type SinkMistake, type SinkRows, type SinkType } from '../sink.ts'
import { chosenFormat, formatMistake, type KafkaSinkOptions, kafkaSinkOptions } from './options.ts'
import type { SendForm } from './to-send.ts'
import { writeTo } from './write-to.ts'

/** What a record needs besides key and value: its header, and those of its batch. */
const BESIDES_BYTES = 1024
/** Types whose values have one text. */
const KEY_TYPES = new Set(['STRING', 'TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'BOOLEAN'])

export const kafka: SinkType = defineSink<KafkaSinkOptions>({
  name: 'kafka',
  summary: 'Writes rows as records to a topic of a Kafka cluster.',
  writes: 'idempotent',
  options: kafkaSinkOptions,
  batch: { rows: 5000, bytes: 1 << 20, inFlight: 4 },
  check: (options, rows) => mistakesIn(options, rows),
  // The record key is the row key, and a deleted row a NULL value, as compaction and upsert-kafka of Flink take them.
  replaces: ({ key }) => key === undefined,
  readsKept: ({ key }) => key === undefined,
  async connect(options, context) {
    const [{ readKafka }, { checkCount }] = await Promise.all([
      import('../../bus/kafka/kafka.ts'),
      import('../../bus/kafka/topic-form.ts'),
    ])
    const { clock, folder } = context
    const reading = { clock, folder, random: seededRandom(clock.now()), warn: () => undefined }
    await using bus = await readKafka(busOptions(options), reading)
    const found = (await bus.topics()).find(({ name }) => name === options.topic)
    if (found === undefined && !options.create) throw notThere(options)
    if (found !== undefined) checkCount(options.topic, found.partitions, options.partitions ?? found.partitions)
    const place =
      found === undefined
        ? undefined
        : `topic ${options.topic} at ${options.brokers.join()}, ${found.partitions} partitions`
    return { found: place, failures: [], warnings: [] }
  },
  async open(options, context) {
    const { name } = context
    try {
      return await openKafkaSink(options, context)
    } catch (error) {
      if (!(error instanceof Failure) || error.retryable) throw error
      throw new Failure(error.code, `sink ${name}: ${error.message}`, { hint: error.hint, cause: error })
    }
  },
})

function mistakesIn(options: KafkaSinkOptions, { fields, from }: SinkRows): readonly SinkMistake[] {
  const failure = formatMistake(options)
  const mistakes: SinkMistake[] = failure === undefined ? [] : [{ path: ['format'], failure }]
  const { key } = options
  if (key === undefined) return mistakes
  const field = fields.find(({ name }) => name === key)
  if (field === undefined) {
    const hint = `Columns: ${fields.map(({ name }) => name).join(', ')}.`
    mistakes.push({ path: ['key'], failure: new Failure('pipeline', `${from} has no column ${key}`, { hint }) })
  } else if (!KEY_TYPES.has(field.type.kind)) {
    const message = `a key is a text or a whole number, and column ${key} is ${shortTypeName(field.type)}`
    const hint = 'Select CAST(… AS STRING) in a query, and name that column.'
    mistakes.push({ path: ['key'], failure: new Failure('pipeline', message, { hint }) })
  }
  return mistakes
}

async function openKafkaSink(options: KafkaSinkOptions, context: SinkContext): Promise<Sink> {
  const { clock, disk, folder, scratch, fields, name, pipeline } = context
  const prepared = await prepareFormat(await chosenFormat(options), { folder, topic: options.topic })
  const encoder = writerOf(prepared, fields)
  const keyColumn = options.key === undefined ? undefined : fields.findIndex((field) => field.name === options.key)
  await context.remember({ kind: 'elsewhere', path: `topic ${options.topic} at ${options.brokers.join()}` })
  await disk.mkdir(scratch)
  const closing = new AbortController()
  const { openKafka } = await import('../../bus/kafka/kafka.ts')
  const bus = await openKafka(busOptions(options), {
    folder,
    clock,
    random: seededRandom(clock.now()),
    warn: (message) => context.warn?.(message),
    data: { disk, path: scratch },
    giveUp: closing.signal,
  })
  try {
    const topic = await topicOf(bus, options, context)
    const mostBytes = topic.maxAppendBytes - BESIDES_BYTES
    const sending: SendForm = { encoder, keyColumn, partitions: topic.partitions, mostBytes }
    const writer = { topic, sending, source: `${pipeline}.${name}`, now: () => clock.now() }
    return {
      async write(delivery, giveUp) {
        await encoder.ready?.(giveUp)
        return untilGivenUp(writeTo(writer, delivery), giveUp)
      },
      // What was acknowledged is durable, and so is how far it goes.
      flush: async () => ({}),
      async [Symbol.asyncDispose]() {
        closing.abort()
        await bus[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    closing.abort()
    await bus[Symbol.asyncDispose]()
    throw error
  }
}

/** The result of a write, which goes on in the bus where nobody waits for it any longer. */
function untilGivenUp<Result>(work: Promise<Result>, giveUp: AbortSignal | undefined): Promise<Result> {
  if (giveUp === undefined) return work
  work.catch(() => undefined)
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Failure('io', 'the write was given up', { retryable: true }))
    if (giveUp.aborted) stop()
    giveUp.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => giveUp.removeEventListener('abort', stop))
  })
}

async function topicOf(bus: Bus, options: KafkaSinkOptions, { partitions }: SinkContext): Promise<Topic> {
  const { topic, create, compression, replication } = options
  const found = (await bus.topics()).find(({ name }) => name === topic)
  if (found === undefined && !create) throw notThere(options)
  const wanted = options.partitions ?? found?.partitions ?? partitions
  return bus.topic(topic, wanted, { compression, replication: found === undefined ? replication : undefined })
}

const notThere = ({ topic, brokers }: KafkaSinkOptions): Failure =>
  new Failure('not-found', `there is no topic ${topic} at ${brokers.join()}, and create is false`, {
    hint: `kafka-topics --create --topic ${topic} --bootstrap-server ${brokers[0]}`,
  })

/** The cluster as the bus takes it. */
const busOptions = ({ brokers, tls, sasl, client_id, compression }: KafkaSinkOptions) => ({
  brokers,
  tls,
  sasl,
  client_id,
  compression,
  prefix: '',
})
