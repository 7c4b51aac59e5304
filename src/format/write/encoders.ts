/** Every way to write rows as bytes, by the name that people write. */
import type { Field } from '../../record/type.ts'
import type { Encoder } from '../format.ts'
import { csvEncoder } from './csv.ts'
import { jsonEncoder, ndjsonEncoder } from './json.ts'

export type EncoderName = 'ndjson' | 'csv' | 'json'

const ENCODERS = { ndjson: ndjsonEncoder, csv: csvEncoder, json: jsonEncoder }

/** An encoder for one output: it remembers what it wrote before. */
export function makeEncoder(name: EncoderName, fields: readonly Field[]): Encoder {
  return ENCODERS[name](fields)
}
