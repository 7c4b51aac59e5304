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
import { idTrouble, SCHEMA_HEAD, schemaIdAt } from './head.ts'
import { AvroReader } from './reader.ts'
import { type Program, resolve } from './resolve.ts'
import type { AvroRecord, AvroType } from './schema.ts'
import { ColumnTarget } from './target.ts'

/** Which schemas are known; a text says why one is not. */
export type SchemaOfId = (id: number) => AvroType | string

/** The id of the schema of all records, where they have no head that names one. */
const NO_HEAD = -1

export type Decoding = {
  readonly record: AvroRecord
  readonly fields: readonly Field[]
  readonly schemas: SchemaOfId
  readonly hasHead: boolean
}

/** A decoder of the wanted ones of the columns. */
export function avroDecoder(decoding: Decoding, wanted: readonly number[]): Decoder {
  const { record, fields, hasHead } = decoding
  const targets = fields.map(({ type }, index) => ({
    target: targetOf(type, record.fields[index]?.type),
    isPut: wanted.includes(index),
  }))
  const put = targets.flatMap(({ target, isPut }) => (isPut ? [target] : []))
  const scratch = new TextScratch()
  const reader = new AvroReader(scratch)
  const programs = openPrograms(decoding, targets, scratch)
  return (records, rejects) => {
    const { start, end, count } = records
    scratch.begin(records, plainBytes(records.bytes))
    programs.begin()
    for (const target of put) target.begin(count)
    const rejected: number[] = []
    const reject = (record: number, byte: number, reason: string) => {
      rejects.add(record, byte, reason)
      rejected.push(record)
    }
    let row = 0
    for (let i = 0; i < count; i++) {
      const [from, to] = [start[i] as number, end[i] as number]
      const wrong = hasHead ? idTrouble(records.bytes, from, to) : undefined
      if (wrong !== undefined) {
        reject(i, 0, wrong)
        continue
      }
      const program = programs.of(hasHead ? schemaIdAt(records.bytes, from) : NO_HEAD)
      if (typeof program === 'string') {
        reject(i, 1, program)
        continue
      }
      reader.begin(scratch.bytes, programs.defaultsAt())
      if (reader.record(program.steps, hasHead ? from + SCHEMA_HEAD : from, to, row)) {
        row++
        continue
      }
      for (const target of put) target.clear(row)
      reject(i, reader.troubleAt - from, reader.trouble)
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

type Targets = Parameters<typeof resolve>[2]

/** The programs of one decoder, by the id of the writer's schema. */
function openPrograms({ record, schemas }: Decoding, targets: Targets, scratch: TextScratch) {
  const programs = new Map<number, Program | string>()
  /** Where the defaults of a program lie in this batch: once, however often its records alternate with others. */
  const places = new Map<Program, number>()
  let lastId: number | undefined
  let last: Program | string = ''
  let defaultsAt = 0
  const placeOf = (program: Program): number => {
    const known = places.get(program)
    if (known !== undefined) return known
    const at = scratch.end
    scratch.reserve(program.defaults.length)
    scratch.bytes.set(program.defaults, at)
    scratch.end += program.defaults.length
    places.set(program, at)
    return at
  }
  const make = (id: number): Program | string => {
    const schema = schemas(id)
    // There may be any number of unknown ids.
    if (typeof schema === 'string') return schema
    const made = programFor(schema, { record, targets, id })
    programs.set(id, made)
    return made
  }
  return {
    begin() {
      lastId = undefined
      places.clear()
    },
    /** The program of a schema; a text: why its records cannot be read. */
    of(id: number): Program | string {
      if (id === lastId) return last
      last = programs.get(id) ?? make(id)
      lastId = id
      if (typeof last !== 'string' && last.defaults.length > 0) defaultsAt = placeOf(last)
      return last
    },
    /** Where the defaults lie that the last program reads. */
    defaultsAt: () => defaultsAt,
  }
}

type Wanted = { readonly record: AvroRecord; readonly targets: Targets; readonly id: number }

function programFor(schema: AvroType, { record, targets, id }: Wanted): Program | string {
  try {
    return resolve(schema, record, targets)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return `schema ${id} cannot be read with that of the topic: ${error.message}`
  }
}

/** A place for the values of a column. */
function targetOf(type: Type, avro: AvroType | undefined): ColumnTarget {
  const own = avro?.kind === 'union' ? avro.branches.find(({ kind }) => kind !== 'null') : avro
  switch (type.kind) {
    case 'ARRAY':
      return new ColumnTarget(type, [targetOf(type.element, own?.kind === 'array' ? own.items : undefined)])
    case 'MAP': {
      const values = own?.kind === 'map' ? own.values : undefined
      return new ColumnTarget(type, [targetOf(type.key, undefined), targetOf(type.value, values)])
    }
    case 'ROW': {
      const fields = own?.kind === 'record' ? own.fields : []
      return new ColumnTarget(
        type,
        type.fields.map((field, index) => targetOf(field.type, fields[index]?.type)),
      )
    }
    default:
      return own?.kind === 'enum'
        ? new ColumnTarget(type, [], Buffer.from(own.symbols.join('')))
        : new ColumnTarget(type, [])
  }
}
