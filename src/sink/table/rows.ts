/**
 * The rows of a delivery as rows of a table, columns at a time: expressions are compiled once and computed for a whole batch.
 * A row for which an expression fails, or whose key would be NULL, is refused with the reason; it is not in the table, and the
 * others are.
 */
import { assert, unreachable } from '../../base/assert.ts'
import { compileExpression } from '../../engine/expression/expression.ts'
import { ndjsonEncoder } from '../../format/write/json.ts'
import type { Column, StringColumn } from '../../record/column.ts'
import type { Delivery, Refusal, SinkRows } from '../sink.ts'
import type { ColumnSource, TableMapping } from './mapping.ts'
import { type MakeTexts, rowKeyTexts, uuidTexts } from './row-key.ts'
import { textColumn } from './row-text.ts'

/** Rows of a table, valid until the next are made. */
export type TableRows = {
  readonly count: number
  /** One for each column of the table, in its order. */
  readonly columns: readonly Column[]
  /** By row, why it cannot be in the table. */
  readonly refused: Map<number, string>
  /** 1 where the row with this key is deleted, whose other columns are NULL; absent: none is. */
  readonly deleted?: Uint8Array | undefined
}

type MakeColumn = (delivery: Delivery) => Column

/** Makes the rows of a table out of deliveries that have `rows`. */
export function openTableRows({ columns, key = [] }: TableMapping, rows: SinkRows): (delivery: Delivery) => TableRows {
  const makeKeys = rowKeyTexts(rows)
  /** The row keys of the delivery, made once, however many columns are made of them. */
  let keys: StringColumn | undefined
  const makers = columns.map(({ source }) =>
    makerOf(source, rows, (delivery) => {
      keys ??= makeKeys(delivery)
      return keys
    }),
  )
  return (delivery) => {
    const { count } = delivery.rows
    keys = undefined
    const made = makers.map((make) => make(delivery))
    const refused = new Map<number, string>()
    made.forEach(({ failures }, i) => {
      for (const [row, reason] of failures ?? []) {
        if (row < count && !refused.has(row)) refused.set(row, `column ${columns[i]?.name}: ${reason}`)
      }
    })
    for (const index of key) refuseNulls(made[index]?.nulls, { name: columns[index]?.name, count, refused })
    return { count, columns: made, refused, deleted: delivery.rows.deleted }
  }
}

/** The refused rows as a sink answers them; undefined where there are none. */
export const refusalOf = ({ refused }: Pick<TableRows, 'refused'>): Refusal | undefined =>
  refused.size === 0 ? undefined : { kind: 'rows', rows: [...refused].map(([row, reason]) => ({ row, reason })) }

type Refusing = Pick<TableRows, 'count' | 'refused'> & { readonly name: string | undefined }

function refuseNulls(nulls: Uint8Array | undefined, { name, count, refused }: Refusing): void {
  for (let row = nulls?.indexOf(1) ?? -1; row >= 0 && row < count; row = nulls?.indexOf(1, row + 1) ?? -1) {
    if (!refused.has(row)) refused.set(row, `column ${name} of the table's key is NULL`)
  }
}

function makerOf(source: ColumnSource, rows: SinkRows, keys: MakeTexts): MakeColumn {
  switch (source.kind) {
    case 'expression': {
      const evaluate = compileExpression(source.expression)
      return ({ rows: batch }) => evaluate(batch)
    }
    case 'metadata': {
      const read = source.metadata.open(rows.topic)
      return ({ kept, partition, rows: batch }) => {
        assert(kept !== undefined, 'a sink with METADATA columns asks for what the topic keeps')
        return read(kept, partition, batch)
      }
    }
    case 'row key':
      return source.form === 'json' ? keys : uuidTexts(rows, keys)
    case 'row': {
      const text = textColumn(ndjsonEncoder(rows.fields))
      return ({ rows: batch }) => text(batch)
    }
    case 'record':
      return recordTexts
    default:
      return unreachable(source)
  }
}

/** The text of the record that each row was decoded from. */
function recordTexts({ records: { bytes, start, end }, rows: { count, origin } }: Delivery): StringColumn {
  if (origin === undefined) return { kind: 'string', bytes, start, end, nulls: undefined }
  const record = (row: number) => origin[row] as number
  return {
    kind: 'string',
    bytes,
    start: Int32Array.from({ length: count }, (_, row) => start[record(row)] as number),
    end: Int32Array.from({ length: count }, (_, row) => end[record(row)] as number),
    nulls: undefined,
  }
}
