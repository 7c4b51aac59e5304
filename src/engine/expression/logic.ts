/**
 * Three-valued AND and OR over whole columns. One value decides (FALSE for AND, TRUE for OR); if no operand has it, a NULL
 * makes the result NULL. Operands are evaluated from left to right: a failure counts unless an earlier operand decided.
 */
import type { Batch, BooleanColumn, Column } from '../../record/column.ts'

/** AND or OR of BOOLEAN operands. */
export function compileLogic(
  kind: 'and' | 'or',
  operands: readonly ((batch: Batch) => Column)[],
): (batch: Batch) => Column {
  let values = new Uint8Array(0)
  let nulls = new Uint8Array(0)
  return (batch) => {
    const { count } = batch
    if (values.length < count) {
      values = new Uint8Array(Math.max(count, 2 * values.length))
      nulls = new Uint8Array(values.length)
    }
    const columns = operands.map((operand) => operand(batch) as BooleanColumn)
    if (columns.every((column) => column.nulls === undefined && column.failures === undefined)) {
      combinePlain(kind, columns, values, count)
      return { kind: 'boolean', values, nulls: undefined }
    }
    return combineNulls(kind, columns, { kind: 'boolean', values, nulls }, count)
  }
}

function combinePlain(kind: 'and' | 'or', columns: readonly BooleanColumn[], out: Uint8Array, count: number): void {
  out.fill(kind === 'and' ? 1 : 0, 0, count)
  for (const { values } of columns) {
    if (kind === 'and') for (let row = 0; row < count; row++) out[row] = (out[row] as number) & (values[row] as number)
    else for (let row = 0; row < count; row++) out[row] = (out[row] as number) | (values[row] as number)
  }
}

function combineOne(
  { values: from, nulls: fromNulls, failures }: BooleanColumn,
  deciding: number,
  { values, nulls }: BooleanColumn & { nulls: Uint8Array },
  count: number,
): void {
  if (fromNulls === undefined && failures === undefined) {
    for (let row = 0; row < count; row++) if (from[row] === deciding) values[row] = deciding
    return
  }
  for (let row = 0; row < count; row++) {
    if (fromNulls !== undefined && fromNulls[row] === 1) nulls[row] = 1
    else if (from[row] === deciding && (failures === undefined || !failures.has(row))) values[row] = deciding
  }
}

function combineNulls(
  kind: 'and' | 'or',
  columns: readonly BooleanColumn[],
  out: BooleanColumn & { nulls: Uint8Array },
  count: number,
): Column {
  const deciding = kind === 'and' ? 0 : 1
  const { values, nulls } = out
  values.fill(1 - deciding, 0, count)
  nulls.fill(0, 0, count)
  const failures = new Map<number, string>()
  for (const column of columns) {
    for (const [row, reason] of column.failures ?? []) {
      if (row < count && values[row] !== deciding && !failures.has(row)) failures.set(row, reason)
    }
    combineOne(column, deciding, out, count)
  }
  for (let row = 0; row < count; row++) if (values[row] === deciding) nulls[row] = 0
  for (const row of failures.keys()) nulls[row] = 0
  return { kind: 'boolean', values, nulls, failures: failures.size === 0 ? undefined : failures }
}
