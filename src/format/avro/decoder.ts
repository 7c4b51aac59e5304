/**
 * Decodes the records of a topic into columns. Which schema a record was written with, its head says; without a registry, all have
 * the same. Records of several writers may lie in one batch.
 */
import { Failure } from '../../base/failure.ts'
import type { Field, Type } from '../../record/type.ts'
import type { Decoder } from '../format.ts'
import { originsWithout } from '../scan/origins.ts'
import { TextScratch } from '../scan/text-scratch.ts'
import { plainBytes } from '../scan/word.ts'
import { HEAD_BYTES, headTrouble, schemaIdAt } from './head.ts'
import { RecordReader } from './reader.ts'
import { type Program, resolve } from './resolve.ts'
import type { AvroRecord, AvroType } from './schema.ts'
import { Target } from './target.ts'

/** Which schemas are known; a text says why one is not. */
export type WriterSchemas = (id: number) => AvroType | string

/** The id of the schema of all records, where they have no head that names one. */
export const NO_HEAD = -1

export type Decoding = {
  readonly record: AvroRecord
  readonly fields: readonly Field[]
  readonly schemas: WriterSchemas
  readonly hasHead: boolean
}

/** A decoder of the wanted ones of the columns. */
export function avroDecoder({ record, fields, schemas, hasHead }: Decoding, wanted: readonly number[]): Decoder {
  const targets = fields.map(({ type }, index) => ({
    target: targetOf(type, record.fields[index]?.type),
    isPut: wanted.includes(index),
  }))
  const put = targets.flatMap(({ target, isPut }) => (isPut ? [target] : []))
  const scratch = new TextScratch()
  const reader = new RecordReader(scratch)
  const programs = new Map<number, Program | string>()
  const programOf = (id: number): Program | string => {
    const known = programs.get(id)
    if (known !== undefined) return known
    const schema = schemas(id)
    // Of ids that nobody knows there may be any number.
    if (typeof schema === 'string') return schema
    const made = programFor(schema, { record, targets, id })
    programs.set(id, made)
    return made
  }
  const useDefaults = ({ defaults }: Program): number => {
    if (defaults.length === 0) return 0
    scratch.reserve(defaults.length)
    const at = scratch.end
    scratch.bytes.set(defaults, at)
    scratch.end += defaults.length
    return at
  }

  return (records, rejects) => {
    const { start, end, count } = records
    scratch.begin(records, plainBytes(records.bytes))
    for (const target of put) target.begin(count)
    const rejected: number[] = []
    let lastId: number | undefined
    let program: Program | string = ''
    let defaults = 0
    let row = 0
    for (let i = 0; i < count; i++) {
      const [from, to] = [start[i] as number, end[i] as number]
      const reject = (byte: number, reason: string) => {
        rejects.add(i, byte, reason)
        rejected.push(i)
      }
      const wrong = hasHead ? headTrouble(records.bytes, from, to) : undefined
      if (wrong !== undefined) {
        reject(0, wrong)
        continue
      }
      const id = hasHead ? schemaIdAt(records.bytes, from) : NO_HEAD
      if (id !== lastId) {
        program = programOf(id)
        defaults = typeof program === 'string' ? 0 : useDefaults(program)
        lastId = id
      }
      if (typeof program === 'string') {
        reject(1, program)
        continue
      }
      reader.begin(scratch.bytes, defaults)
      if (reader.record(program.steps, hasHead ? from + HEAD_BYTES : from, to, row)) {
        row++
        continue
      }
      for (const target of put) target.clear(row)
      reject(reader.troubleAt - from, reader.trouble)
    }
    return {
      count: row,
      columns: wanted.map((index) => (targets[index] as (typeof targets)[number]).target.column(row, scratch.bytes)),
      partition: 0,
      origin: rejected.length === 0 ? undefined : originsWithout(rejected, count),
      watermark: undefined,
    }
  }
}

type Wanted = { readonly record: AvroRecord; readonly targets: Parameters<typeof resolve>[2]; readonly id: number }

function programFor(schema: AvroType, { record, targets, id }: Wanted): Program | string {
  try {
    return resolve(schema, record, targets)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return `schema ${id} cannot be read with that of the topic: ${error.message}`
  }
}

/** A place for the values of a column. */
function targetOf(type: Type, avro: AvroType | undefined): Target {
  const own = avro?.kind === 'union' ? avro.branches.find(({ kind }) => kind !== 'null') : avro
  switch (type.kind) {
    case 'ARRAY':
      return new Target(type, [targetOf(type.element, own?.kind === 'array' ? own.items : undefined)])
    case 'MAP': {
      const values = own?.kind === 'map' ? own.values : undefined
      return new Target(type, [targetOf(type.key, undefined), targetOf(type.value, values)])
    }
    case 'ROW': {
      const fields = own?.kind === 'record' ? own.fields : []
      return new Target(
        type,
        type.fields.map((field, index) => targetOf(field.type, fields[index]?.type)),
      )
    }
    default:
      return own?.kind === 'enum' ? new Target(type, [], Buffer.from(own.symbols.join(''))) : new Target(type, [])
  }
}
