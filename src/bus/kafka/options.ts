/** The options of the bus `kafka`. Apart from the bus itself, as reading a pipeline file does not load a client. */
import * as z from 'zod'
import { eitherForm, lazily, secretOption } from '../../base/options.ts'
import { parseAddress } from '../../client/kafka/address.ts'
import { type TlsFiles, tlsOption } from '../../client/tls.ts'
import { CODECS, type Codec } from '../batch/compression/codec.ts'
import { MAX_REPLICATION } from '../bus.ts'

/** The file of a data folder in which its own appends to the cluster are remembered: see own-file.ts. */
export const KAFKA_FILE = 'kafka.json'

/** The topic in which it is remembered what was appended for the parts of a shared pipeline: see claimed-ends.ts. */
export const claimsTopic = (pipeline: string): string => `${pipeline}.parts.claims`

export type KafkaOptions = {
  /** `host:port` of brokers to begin with; they tell of all others. */
  readonly brokers: readonly string[]
  readonly tls: boolean | TlsFiles
  readonly sasl?:
    | {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
        readonly username: string
        readonly password: string
      }
    | undefined
  readonly client_id: string
  readonly prefix: string
  readonly replication?: number | undefined
  readonly compression: Codec
}

/** The options by which a cluster is reached, for the members of a schema. */
export function connectionOptions(): {
  readonly [Name in 'brokers' | 'tls' | 'sasl' | 'client_id']: z.ZodType<KafkaOptions[Name]>
} {
  const address = z
    .string()
    .refine((text) => parseAddress(text) !== undefined, 'a broker is HOST:PORT, as localhost:9092')
  const sasl = z.strictObject({
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
    username: z.string().min(1),
    password: secretOption(z.string()),
  })
  return {
    /** `a:9092,b:9092` in, a list out. */
    brokers: eitherForm(
      z.array(address).min(1),
      (value) => (typeof value === 'string' ? value.split(',').map((text) => text.trim()) : value),
      { type: 'string' },
    ),
    tls: tlsOption.prefault(false),
    sasl: sasl.optional(),
    client_id: z.string().min(1).max(249).prefault('tailrace'),
  }
}

export const kafkaOptions: z.ZodType<KafkaOptions> = lazily(() =>
  z.strictObject({
    ...connectionOptions(),
    /** Goes before the name of every topic and group. */
    prefix: z
      .string()
      .regex(/^[A-Za-z0-9._-]{0,60}$/, 'a prefix has up to 60 letters, digits, dots, underscores and hyphens')
      .prefault(''),
    /** Of topics that tailrace makes and whose entry in the file does not say; the broker's own default otherwise. */
    replication: z.int().min(1).max(MAX_REPLICATION).optional(),
    /** Of batches that tailrace writes, where the topic does not say. */
    compression: z.enum(CODECS).prefault('lz4'),
  }),
)
