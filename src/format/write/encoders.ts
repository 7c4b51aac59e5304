/** The list of encoders. */
import { unreachable } from '../../base/assert.ts'
import type { Field } from '../../record/type.ts'
import type { Encoder } from '../format.ts'
import { csvEncoder } from './csv.ts'
import { jsonEncoder, ndjsonEncoder } from './json.ts'
import { tableEncoder } from './table.ts'

/** A way to write rows, by the name that people write. */
export type EncoderName = 'ndjson' | 'csv' | 'json' | 'table'

/** An encoder for one output: it remembers whether it has written rows. */
export function makeEncoder(name: EncoderName, fields: readonly Field[]): Encoder {
  switch (name) {
    case 'ndjson':
      return ndjsonEncoder(fields)
    case 'csv':
      return csvEncoder(fields)
    case 'json':
      return jsonEncoder(fields)
    case 'table':
      return tableEncoder(fields)
    default:
      return unreachable(name)
  }
}
