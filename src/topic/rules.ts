/**
 * Takes out records that do not meet the rules of their topic (`require`): SQL conditions over its columns. A record for which
 * one is not TRUE is no row, for no reader, and moves no watermark; the first such rule, in the order of the file, is the
 * reason. The conditions see nothing but the record, so every reader decides the same, at any time.
 */
import { compileExpression, type Evaluate } from '../engine/expression/expression.ts'
import type { Rejects, TopicDecoder } from '../format/format.ts'
import { valueText } from '../format/write/value.ts'
import type { Batch, BooleanColumn, Column } from '../record/column.ts'
import { Gather } from '../record/gather.ts'
import type { Field } from '../record/type.ts'
import { columnExpression, columnsOf, replaceColumns } from '../sql/expression/columns.ts'
import type { Expression } from '../sql/expression/expression.ts'

export type Rule = {
  readonly name: string
  /** Over all columns of the topic. */
  readonly condition: Expression
  /** The text of the condition. */
  readonly written: string
}

/** Values of a record that are shown in the reason, and how many characters of a text. */
const MOST_VALUES = 4
const MOST_CHARACTERS = 60

/** A rule over what is decoded for it: column i of the topic is `at(i)` of the batch. */
type Compiled = {
  readonly name: string
  readonly evaluate: Evaluate
  readonly named: readonly { readonly field: Field; readonly at: number }[]
}

/**
 * The decoder, which also decodes what the rules are about, without records that do not meet them. `fields` are all columns of
 * the topic; `open` gives its decoders without rules.
 */
export function withRules(
  columns: readonly number[],
  { fields, rules }: { readonly fields: readonly Field[]; readonly rules: readonly Rule[] },
  open: (columns: readonly number[]) => TopicDecoder,
): TopicDecoder {
  const wanted = [...new Set([...columns, ...rules.flatMap(({ condition }) => [...columnsOf(condition)])])]
  const compiled = rules.map((rule) => compiledOver(wanted, rule, fields))
  const decode = open(wanted)
  const gather = new Gather(columns.map((column) => fields[column] as Field))
  const picks = columns.map((column) => wanted.indexOf(column))
  let kept = new Int32Array(0)
  return (records, partition, rejects) => {
    const found: Rejected[] = []
    const all = decode(records, partition, { add: (...reject) => found.push(reject) })
    const broken = brokenIn(all, compiled)
    const rows: Batch = { ...all, columns: picks.map((pick) => all.columns[pick] as Column) }
    if (broken.size > 0) {
      for (const [row, one] of broken) {
        found.push([all.origin?.[row] ?? row, 0, reasonOf(one, all, row), { rule: one.rule.name }])
      }
      found.sort(([a], [b]) => a - b)
    }
    for (const reject of found) rejects.add(...reject)
    if (broken.size === 0) return rows
    if (kept.length < all.count) kept = new Int32Array(all.count)
    let count = 0
    for (let row = 0; row < all.count; row++) if (!broken.has(row)) kept[count++] = row
    return gather.take(rows, kept, count)
  }
}

type Rejected = Parameters<Rejects['add']>

function compiledOver(wanted: readonly number[], { name, condition }: Rule, fields: readonly Field[]): Compiled {
  const place = (column: number) => wanted.indexOf(column)
  return {
    name,
    evaluate: compileExpression(replaceColumns(condition, (column) => columnExpression(column, place(column.column)))),
    named: [...columnsOf(condition)].map((column) => ({ field: fields[column] as Field, at: place(column) })),
  }
}

/** The first rule that a row does not meet, and what its condition is for all rows of the batch. */
type Broken = { readonly rule: Compiled; readonly result: Column }

function brokenIn(batch: Batch, rules: readonly Compiled[]): ReadonlyMap<number, Broken> {
  const broken = new Map<number, Broken>()
  for (const rule of rules) {
    const result = rule.evaluate(batch) as BooleanColumn
    const { values, nulls, failures } = result
    const add = (row: number) => {
      if (!broken.has(row)) broken.set(row, { rule, result })
    }
    for (let row = 0; row < batch.count; row++) {
      if (values[row] !== 1 || nulls?.[row] === 1) add(row)
    }
    for (const row of failures?.keys() ?? []) if (row < batch.count) add(row)
  }
  return broken
}

/** What all reasons of a rule have in common is before the colon. */
function reasonOf({ rule: { name, named }, result }: Broken, batch: Batch, row: number): string {
  const failure = result.failures?.get(row)
  if (failure !== undefined) return `rule "${name}" cannot be computed: ${failure}`
  const is = `rule "${name}" is ${result.nulls?.[row] === 1 ? 'NULL' : 'FALSE'}`
  const values = named.slice(0, MOST_VALUES).flatMap(({ field, at }) => {
    const text = shown(field, batch.columns[at] as Column, row)
    return text === undefined ? [] : `${field.name} = ${text}`
  })
  return values.length === 0 ? is : `${is}: ${values.join(', ')}`
}

/** A value for a person; undefined where it consists of others. */
function shown({ type }: Field, column: Column, row: number): string | undefined {
  if (column.nulls?.[row] === 1) return 'NULL'
  switch (column.kind) {
    case 'list':
    case 'map':
    case 'row':
      return undefined
    case 'string': {
      if (type.kind === 'BYTES')
        return `X'${Buffer.from(column.bytes.subarray(column.start[row], column.end[row])).toString('hex').slice(0, MOST_CHARACTERS)}'`
      const [start, end] = [column.start[row] as number, column.end[row] as number]
      // A character has 4 bytes at most.
      const text = [...Buffer.from(column.bytes.subarray(start, Math.min(end, start + 4 * MOST_CHARACTERS))).toString()]
      const isCut = text.length > MOST_CHARACTERS || end - start > 4 * MOST_CHARACTERS
      return `'${text.slice(0, MOST_CHARACTERS).join('')}${isCut ? '…' : ''}'`
    }
    default:
      return valueText(type, column, row)
  }
}
