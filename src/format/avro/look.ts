/** What `check` asks a registry: whether it is there, what it has, and whether it would take the schema that rows are written with. */
import { Failure } from '../../base/failure.ts'
import { openRegistry } from '../../client/schema-registry.ts'
import type { Field } from '../../record/type.ts'
import type { FormatLook } from '../format.ts'
import { writtenSchema } from './encoder.ts'
import type { AvroOptions } from './options.ts'

/** Looks at the registry; `fields` are the columns of rows that would be written. Nothing is registered. Rejects with a Failure. */
export async function lookAtRegistry(options: AvroOptions, fields: readonly Field[] | undefined): Promise<FormatLook> {
  const { registry: chosen, prepared } = options
  const { subject, folder = '.' } = prepared ?? {}
  if (chosen === undefined || subject === undefined) return undefined
  const registry = await openRegistry(chosen, folder, 'format avro')
  try {
    const latest = await registry.latest(subject)
    const found = latest === undefined ? `no subject ${subject} yet` : `subject ${subject}, version ${latest.version}`
    const written = fields && writtenSchema(options, fields, latest)
    const why =
      written === undefined || written.id !== undefined ? undefined : await registry.incompatible(subject, written.text)
    const failures =
      why === undefined
        ? []
        : [new Failure('usage', `the registry does not take the schema for subject ${subject}: ${why}`)]
    return { found, failures }
  } finally {
    registry.close()
  }
}
