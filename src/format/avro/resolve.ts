/**
 * Makes the steps by which records of a writer's schema become columns of a reader's. Source: Apache Avro 1.12, Specification,
 * "Schema Resolution"; beyond it, names of records, enums and fixed need not be the same, as registries do not compare them either,
 * and times are converted where the two count other units.
 *
 * What a reader does not have is passed over; what a writer did not write has the reader's default.
 */
import { Buffer } from 'node:buffer'
import { assert } from '../../base/assert.ts'
import { Failure } from '../../base/failure.ts'
import { defaultBytes } from './default.ts'
import type { Logical } from './logical.ts'
import { type AvroField, type AvroRecord, type AvroType, withoutNull } from './schema.ts'
import { makeStep, Op, type ReadStep } from './step.ts'
import type { ColumnTarget } from './target.ts'

/** Where the values of a reader's type go, and whether anybody wants them. */
type Into = { readonly target: ColumnTarget; readonly isPut: boolean; readonly what: string }

export type Program = {
  readonly steps: readonly ReadStep[]
  /** The defaults that its steps read, as Avro. */
  readonly defaults: Uint8Array
}

/**
 * The program for records of the writer's record; `targets` are those of the reader's fields, undefined for what nobody wants.
 * Throws a Failure `usage` where no record of such a writer can be read.
 */
export function resolve(
  writer: AvroType,
  reader: AvroRecord,
  targets: readonly { readonly target: ColumnTarget; readonly isPut: boolean }[],
): Program {
  if (writer.kind !== 'record') throw new Failure('usage', `its records are of type ${writer.kind}, and no record`)
  const resolver = new Resolver()
  const into = reader.fields.map(({ name }, index) => {
    const given = targets[index]
    assert(given !== undefined, 'each field of the reader has a target')
    return { ...given, what: `field ${name}` }
  })
  return { steps: resolver.record(writer, reader, into), defaults: resolver.defaults() }
}

class Resolver {
  readonly #skips = new Map<AvroType, ReadStep[]>()
  readonly #defaults: Uint8Array[] = []
  #length = 0

  defaults(): Uint8Array {
    return Buffer.concat(this.#defaults)
  }

  record(writer: AvroRecord, reader: AvroRecord, into: readonly Into[]): readonly ReadStep[] {
    const isMeant = (field: AvroField, name: string) => field.name === name || field.aliases.includes(name)
    const read = writer.fields.map(({ name, type }) => {
      const exact = reader.fields.findIndex((field) => field.name === name)
      const at = exact >= 0 ? exact : reader.fields.findIndex((field) => isMeant(field, name))
      const field = reader.fields[at]
      const place = into[at]
      if (field === undefined || place === undefined) return { at: -1, step: this.#skip(type, `field ${name}`) }
      return { at, step: this.value(type, field.type, place) }
    })
    const missing = reader.fields.flatMap((field, at) => {
      const place = into[at]
      if (place === undefined || read.some((one) => one.at === at)) return []
      return [this.#default(field, place)]
    })
    return [...read.map(({ step }) => step), ...missing]
  }

  /** The step for a value. A branch of a union that cannot be read is refused when it comes; anything else throws. */
  value(writer: AvroType, reader: AvroType, into: Into): ReadStep {
    const nullable = withoutNull(reader)
    assert(nullable !== undefined, 'a column is no union of several types')
    const { type, isNullable } = nullable
    if (writer.kind === 'union') {
      const branches = writer.branches.map((branch) => this.#branch(branch, type, { isNullable, into }))
      return makeStep(Op.UNION, into.what, { branches })
    }
    if (writer.kind === 'null') {
      if (!isNullable) throw unreadable(into.what, 'is null, and the topic has no null there')
      return makeStep(Op.NULL, into.what, into)
    }
    return this.#same(writer, type, into)
  }

  #branch(
    branch: AvroType,
    type: AvroType,
    { isNullable, into }: { readonly isNullable: boolean; readonly into: Into },
  ): ReadStep {
    if (branch.kind === 'null') {
      return isNullable
        ? makeStep(Op.NULL, into.what, into)
        : makeStep(Op.REFUSE, `${into.what} is null, and the topic has no null there`)
    }
    try {
      return this.#same(branch, type, into)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      return makeStep(Op.REFUSE, error.message)
    }
  }

  /** The step for a value of a type that is no union, into another that is none. */
  #same(writer: AvroType, reader: AvroType, into: Into): ReadStep {
    const { what } = into
    if (writer.kind === 'record' && reader.kind === 'record') {
      const inner = reader.fields.map(({ name }, index) => innerOf(into, index, `${what}.${name}`))
      return makeStep(Op.RECORD, what, { ...into, steps: this.record(writer, reader, inner) })
    }
    if (writer.kind === 'array' && reader.kind === 'array') {
      const item = this.value(writer.items, reader.items, innerOf(into, 0, `an item of ${what}`))
      return makeStep(Op.ARRAY, what, { ...into, steps: [item] })
    }
    if (writer.kind === 'map' && reader.kind === 'map') {
      const key = makeStep(Op.TEXT, `a key of ${what}`, innerOf(into, 0, `a key of ${what}`))
      const value = this.value(writer.values, reader.values, innerOf(into, 1, `a value of ${what}`))
      return makeStep(Op.MAP, what, { ...into, steps: [key, value] })
    }
    if (writer.kind === 'enum' && reader.kind === 'enum') {
      return makeStep(Op.ENUM, what, { ...into, ...symbolsFor(writer.symbols, reader) })
    }
    const step = scalarStep(writer, reader, into)
    if (step === undefined) throw unreadable(what, `is ${writer.kind}, and the topic has ${reader.kind}`)
    return step
  }

  #default({ name, type, default: value }: AvroField, into: Into): ReadStep {
    if (value === undefined) throw unreadable(into.what, 'is not in it, and has no default')
    if (value === null) {
      if (withoutNull(type)?.isNullable !== true) throw unreadable(into.what, 'has the default null, and is never null')
      return makeStep(Op.NULL, into.what, into)
    }
    const own = withoutNull(type)?.type ?? type
    const bytes = defaultBytes(own, value, name)
    const size = this.#length
    this.#defaults.push(bytes)
    this.#length += bytes.length
    return makeStep(Op.DEFAULT, into.what, { steps: [this.#plain(own, into)], size })
  }

  /** The step for a value of the reader's own type, written without unions: a default. */
  #plain(type: AvroType, into: Into): ReadStep {
    return this.#same(type, type, into)
  }

  /** The step that passes over a value, which is checked as far as its bytes go. */
  #skip(type: AvroType, what: string): ReadStep {
    switch (type.kind) {
      case 'union':
        return makeStep(Op.UNION, what, { branches: type.branches.map((branch) => this.#skip(branch, what)) })
      case 'record': {
        const known = this.#skips.get(type)
        const step = makeStep(Op.RECORD, what)
        if (known === undefined) {
          const steps: ReadStep[] = []
          this.#skips.set(type, steps)
          for (const field of type.fields) steps.push(this.#skip(field.type, `${what}.${field.name}`))
        }
        step.steps = this.#skips.get(type) ?? []
        return step
      }
      case 'array':
        return makeStep(Op.ARRAY, what, { steps: [this.#skip(type.items, `an item of ${what}`)] })
      case 'map': {
        const key = makeStep(Op.TEXT, `a key of ${what}`)
        return makeStep(Op.MAP, what, { steps: [key, this.#skip(type.values, `a value of ${what}`)] })
      }
      case 'enum':
        return makeStep(Op.ENUM, what, symbolsFor(type.symbols, type))
      case 'fixed':
        return makeStep(Op.FIXED, what, { size: type.size })
      default:
        return makeStep(SKIPPED[type.kind], what)
    }
  }
}

const SKIPPED = {
  null: Op.NULL,
  boolean: Op.BOOLEAN,
  int: Op.INT,
  long: Op.LONG,
  float: Op.FLOAT,
  double: Op.DOUBLE,
  bytes: Op.TEXT,
  string: Op.TEXT,
} as const

const innerOf = ({ target, isPut }: Into, index: number, what: string): Into => {
  const inner = target.inner[index]
  return { target: inner ?? target, isPut: isPut && inner !== undefined, what }
}

const unreadable = (what: string, why: string): Failure => new Failure('usage', `${what} ${why}`)

/** Which of the reader's symbols each of the writer's is: -1 where it is none, and has no default. */
function symbolsFor(
  writer: readonly string[],
  { symbols, default: fallback }: Extract<AvroType, { kind: 'enum' }>,
): Pick<ReadStep, 'symbols' | 'places'> {
  const places = new Int32Array(symbols.length + 1)
  symbols.forEach((symbol, index) => {
    places[index + 1] = (places[index] as number) + symbol.length
  })
  const fallbackAt = fallback === undefined ? -1 : symbols.indexOf(fallback)
  const found = writer.map((symbol) => (symbols.includes(symbol) ? symbols.indexOf(symbol) : fallbackAt))
  return { symbols: Int32Array.from(found), places }
}

/** The step for a value without parts; undefined where the one type is not read as the other. */
function scalarStep(writer: AvroType, reader: AvroType, into: Into): ReadStep | undefined {
  const from = writer.kind
  const step = (op: number, size = 0) => makeStep(op, into.what, { ...into, size })
  switch (reader.kind) {
    case 'boolean':
      return from === 'boolean' ? step(Op.BOOLEAN) : undefined
    case 'int':
      if (from !== 'int') return undefined
      return reader.logical?.kind === 'date' ? step(Op.DATE) : reader.logical ? step(Op.TIME, 1) : step(Op.INT)
    case 'long':
      return from === 'int' || from === 'long' ? longStep(writer, reader.logical, step) : undefined
    case 'float':
    case 'double':
      if (from === 'int' || from === 'long') return step(Op.WHOLE)
      if (from === 'float') return step(Op.FLOAT)
      return from === 'double' && reader.kind === 'double' ? step(Op.DOUBLE) : undefined
    case 'string':
    case 'bytes': {
      const isDecimal = reader.kind === 'bytes' && reader.logical?.kind === 'decimal'
      if (from !== 'string' && from !== 'bytes') return undefined
      return isDecimal ? decimalStep(writer, reader.logical, () => step(Op.DECIMAL)) : step(Op.TEXT)
    }
    case 'fixed': {
      if (writer.kind !== 'fixed' || writer.size !== reader.size) return undefined
      const { size, logical } = reader
      if (logical?.kind === 'decimal') return decimalStep(writer, logical, () => step(Op.FIXED_DECIMAL, size))
      return step(logical?.kind === 'uuid' ? Op.UUID : Op.FIXED, size)
    }
    default:
      return undefined
  }
}

function longStep(
  writer: AvroType,
  reader: Logical | undefined,
  step: (op: number, size?: number) => ReadStep,
): ReadStep {
  const written = 'logical' in writer ? writer.logical : undefined
  if (reader?.kind === 'timestamp') {
    return step(Op.TIMESTAMP, written?.kind === 'timestamp' ? written.perMs : reader.perMs)
  }
  if (reader?.kind === 'time') return step(Op.TIME, written?.kind === 'time' ? written.perMs : reader.perMs)
  return step(Op.LONG)
}

/** Digits of another scale would be other numbers. */
function decimalStep(writer: AvroType, reader: Logical | undefined, step: () => ReadStep): ReadStep | undefined {
  const written = 'logical' in writer ? writer.logical : undefined
  const isOther = written?.kind === 'decimal' && reader?.kind === 'decimal' && written.scale !== reader.scale
  return isOther ? undefined : step()
}
