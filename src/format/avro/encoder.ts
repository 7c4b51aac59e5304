/**
 * Writes the rows of a topic, once the registry knows their schema.
 *
 * That is the schema which the options give. Where they only name a registry, it is the latest of the subject, if it has a field for each
 * column; otherwise it is made of the columns, as the next version, which the registry takes or refuses by the compatibility of the subject.
 */
import { assert } from '../../base/assert.ts'
import { Failure } from '../../base/failure.ts'
import { openRegistry, type RegisteredSchema } from '../../client/schema-registry.ts'
import type { Field } from '../../record/type.ts'
import type { RecordEncoder } from '../format.ts'
import { putHead, SCHEMA_HEAD } from './head.ts'
import { type AvroOptions, declaredFields, nameFor } from './options.ts'
import { type Put, putsOf } from './put.ts'
import { type AvroRecord, readSchema } from './schema.ts'
import { writeRows } from './writer.ts'
import { schemaOfRows } from './written-schema.ts'

export type WrittenSchema = {
  readonly text: string
  readonly puts: readonly Put[]
  /** Its id in the registry; undefined: the registry was not asked yet. */
  readonly id: number | undefined
}

/**
 * The schema that rows with these columns are written with; `latest` is the latest version of the subject, as far as it is known. Throws
 * a Failure `usage` where they do not fit it.
 */
export function writtenSchema(
  { prepared, columns }: AvroOptions,
  fields: readonly Field[],
  latest: RegisteredSchema | undefined = prepared?.latest,
): WrittenSchema {
  const { given, subject } = prepared ?? {}
  const name = latest === undefined ? nameFor(subject) : recordIn(latest.schema).name
  const made = (of: readonly Field[]): WrittenSchema => {
    const text = schemaOfRows(of, name)
    return { text, puts: putsOf(recordIn(text), fields), id: undefined }
  }
  if (columns !== undefined) return made(declaredFields(columns))
  if (given !== undefined) return { text: given, puts: putsOf(recordIn(given), fields), id: undefined }
  if (latest === undefined) return made(fields)
  try {
    return { text: latest.schema, puts: putsOf(recordIn(latest.schema), fields), id: latest.id }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return made(fields)
  }
}

function recordIn(text: string): AvroRecord {
  const schema = readSchema(text)
  if (schema.kind === 'record') return schema
  throw new Failure('usage', `the Avro schema is of type ${schema.kind}, and rows are records`)
}

const NO_HEAD = new Uint8Array(0)

/** The encoder of the rows. Throws as `writtenSchema`. */
export function avroEncoder(options: AvroOptions, fields: readonly Field[]): RecordEncoder {
  const { registry, prepared } = options
  let written = writtenSchema(options, fields)
  let head: Uint8Array | undefined =
    registry === undefined ? NO_HEAD : written.id === undefined ? undefined : headOf(written.id)
  return {
    async ready(signal) {
      if (head !== undefined || registry === undefined) return
      const { subject, folder = '.' } = prepared ?? {}
      if (subject === undefined) {
        throw new Failure('usage', 'format avro: name the subject under which the schema is registered')
      }
      const open = await openRegistry(registry, folder, 'format avro')
      try {
        written = writtenSchema(options, fields, await open.latest(subject, signal))
        head = headOf(written.id ?? (await open.register(subject, written.text, signal)))
      } finally {
        open.close()
      }
    },
    write(batch, from, to, refuse = refuseAll) {
      assert(head !== undefined, 'nothing is written before the schema is registered')
      return writeRows(written.puts, head, { columns: batch.columns, from, to, refuse })
    },
  }
}

function headOf(id: number): Uint8Array {
  const head = new Uint8Array(SCHEMA_HEAD)
  putHead(head, 0, id)
  return head
}

function refuseAll(_: number, reason: string): never {
  throw new Failure('usage', `a row cannot be written: ${reason}`)
}
