/** The options of the sink `kafka`. */
import * as z from 'zod'
import { Failure } from '../../base/failure.ts'
import { shortForm } from '../../base/options.ts'
import { CODECS } from '../../bus/batch/compression/codec.ts'
import { MAX_PARTITIONS, MAX_REPLICATION } from '../../bus/bus.ts'
import { connectionOptions, type KafkaOptions } from '../../bus/kafka/options.ts'
import { formats, loadFormat } from '../../format/all.ts'
import type { ChosenFormat, Format } from '../../format/format.ts'
import { optionParts } from '../../format/option-parts.ts'

/** A format as the pipeline file has it: its name, and its options. */
type WrittenFormat = { readonly [name: string]: unknown }

export type KafkaSinkOptions = Omit<KafkaOptions, 'prefix' | 'replication'> & {
  readonly topic: string
  readonly key?: string | undefined
  readonly format: WrittenFormat
  readonly create: boolean
  readonly partitions?: number | undefined
  readonly replication?: number | undefined
}

const written: z.ZodType<WrittenFormat> = z
  .preprocess(
    (value) => (typeof value === 'string' ? { [value]: {} } : value),
    z
      .record(z.string(), z.unknown())
      .refine(
        (format) => Object.keys(format).length === 1,
        'expected the name of a format, as json, or one with its options',
      ),
  )
  .prefault('json')
written._zod.toJSONSchema = () => ({ anyOf: [{ type: 'string' }, { type: 'object', maxProperties: 1 }] })

export const kafkaSinkOptions: z.ZodType<KafkaSinkOptions> = z.strictObject({
  ...connectionOptions(),
  topic: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,249}$/, 'a topic of Kafka has up to 249 letters, digits, dots, underscores and hyphens'),
  key: z.string().min(1).optional(),
  format: written,
  create: z.boolean().prefault(true),
  partitions: z.int().min(1).max(MAX_PARTITIONS).optional(),
  replication: z.int().min(1).max(MAX_REPLICATION).optional(),
  compression: z.enum(CODECS).prefault('lz4'),
})

/** What is wrong with the format, if it has been loaded: that of a name in the pipeline file has. Undefined: nothing. */
export function formatMistake({ format }: KafkaSinkOptions): Failure | undefined {
  const [name = ''] = Object.keys(format)
  if (!formats.names.includes(name)) return noFormat(name)
  const found = formats.isLoaded(name) ? formats.get(name) : undefined
  if (found === undefined) return undefined
  if (found.writer === undefined) return notWritten(name)
  const { error } = schemaOf(found).safeParse(format[name] ?? {})
  const [issue] = error?.issues ?? []
  return issue === undefined
    ? undefined
    : new Failure('pipeline', `format ${name}: ${issue.path.join('.')} ${issue.message}`)
}

/** The format with its options. Rejects with a Failure for one that does not exist or is not written. */
export async function chosenFormat({ format }: KafkaSinkOptions): Promise<ChosenFormat> {
  const [name = ''] = Object.keys(format)
  if (!formats.names.includes(name)) throw noFormat(name)
  const found = await loadFormat(name)
  return { format: found, options: schemaOf(found).parse(format[name] ?? {}) }
}

function schemaOf({ main, options }: Format): z.ZodType {
  const schema = z.strictObject({ ...options?.(optionParts) })
  return main === undefined ? schema : shortForm(main.option, schema)
}

const HINT = 'Rows are written as json, csv or avro.'
const noFormat = (name: string): Failure => new Failure('pipeline', `there is no format "${name}"`, { hint: HINT })
const notWritten = (name: string): Failure =>
  new Failure('pipeline', `format ${name} is only read: rows cannot be written in it`, { hint: HINT })
