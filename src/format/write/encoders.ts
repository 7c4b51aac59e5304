/** Every way to write rows as bytes, by the name that people write. */
import { unreachable } from '../../base/assert.ts'
import type { Field } from '../../record/type.ts'
import type { Encoder } from '../format.ts'
import { csvEncoder } from './csv.ts'
import { jsonEncoder, ndjsonEncoder } from './json.ts'

export type EncoderName = 'ndjson' | 'csv' | 'json'

/** An encoder for one output: it remembers what it wrote before. */
export function makeEncoder(name: EncoderName, fields: readonly Field[]): Encoder {
  switch (name) {
    case 'ndjson':
      return ndjsonEncoder(fields)
    case 'csv':
      return csvEncoder(fields)
    case 'json':
      return jsonEncoder(fields)
    default:
      return unreachable(name)
  }
}
