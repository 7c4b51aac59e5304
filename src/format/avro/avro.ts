/**
 * Records of Apache Avro: bytes that only their schema says the meaning of. With a registry, each record begins with the id of the schema
 * that it was written with (`head.ts`), and topics may have records of several; without one, all have that of a file, and no head.
 *
 * Records are read into the columns of the reader's schema, straight from their bytes: no object is made of a record.
 */

import * as z from 'zod'
import { changedFailure, changeFailure, Failure } from '../../base/failure.ts'
import { httpOptions } from '../../client/http/options.ts'
import type { Records } from '../../record/column.ts'
import { defineFormat, type Format } from '../format.ts'
import { readColumns } from './column-type.ts'
import { avroDecoder } from './decoder.ts'
import { avroEncoder } from './encoder.ts'
import { lookAtRegistry } from './look.ts'
import { type AvroOptions, prepareAvro, readerSchema, type WrittenOptions } from './options.ts'
import { readSchema } from './schema.ts'
import { registrySchemas } from './writer-schemas.ts'

/** The options that a schema may be wrong in. */
const PLACES = ['schema', 'columns', 'registry'] as const

export const avro: Format = defineFormat<WrittenOptions>({
  name: 'avro',
  summary: 'Records of Apache Avro, with a schema registry or a schema in a file.',
  isBinary: true,
  options: ({ columns, shortForm }) => ({
    registry: shortForm('url', z.strictObject(httpOptions)).optional() as z.ZodType<AvroOptions['registry']>,
    subject: z.string().min(1).optional(),
    schema: z.string().min(1).optional(),
    columns: columns.optional(),
  }),
  prepare: prepareAvro,
  open(options: AvroOptions, sample) {
    if (sample !== undefined) refuseFile(sample)
    const { registry, prepared } = options
    const text = readerSchema(options)
    const { record, fields } = changeFailure(
      () => readColumns(readSchema(text)),
      (failure) =>
        changedFailure(failure, { part: [PLACES.find((option) => options[option] !== undefined) ?? 'schema'] }),
    )
    const known = new Map(prepared?.latest === undefined ? [] : [[prepared.latest.id, prepared.latest.schema]])
    const schemas = registry && registrySchemas(registry, prepared?.folder ?? '.', known)
    return {
      fields,
      rowtime: undefined,
      skipsFirstLine: false,
      // Without spaces and line ends, so that a file that was only laid out anew is the same schema.
      meaning: [registry === undefined ? JSON.stringify(JSON.parse(text)) : prepared?.subject],
      ...(schemas !== undefined && { ready: schemas.ready }),
      decoder: (wanted) =>
        avroDecoder(
          { record, fields, schemas: schemas?.get ?? (() => record), hasHead: schemas !== undefined },
          wanted,
        ),
    }
  },
  fit: () => 0,
  writer: avroEncoder,
  look: lookAtRegistry,
})

function refuseFile(_: Records): never {
  throw new Failure('usage', 'format avro: the records of a file are lines, and records of Avro are not', {
    hint: 'A topic of a pipeline has such records: topics: { NAME: { format: { avro: … } } }.',
  })
}
