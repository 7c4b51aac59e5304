/**
 * NULLs and failures of a function's result, from those of its arguments.
 *
 * A row that failed has a reason in `failures` and is not NULL: never both. NULL wins over a failure: where one argument is
 * NULL so is the result, even if another argument failed.
 */
import type { Column, Nulls } from './column.ts'

export type Failures = Map<number, string> | undefined

/** The same values with other NULLs and failures; both columns share the arrays of values. */
export function withNulls(column: Column, nulls: Nulls, failures: Failures): Column {
  switch (column.kind) {
    case 'boolean':
      return { kind: 'boolean', values: column.values, nulls, failures }
    case 'int':
      return { kind: 'int', values: column.values, nulls, failures }
    case 'bigint':
      return { kind: 'bigint', values: column.values, exact: column.exact, nulls, failures }
    case 'double':
      return { kind: 'double', values: column.values, nulls, failures }
    case 'decimal':
      return { kind: 'decimal', values: column.values, nulls, failures }
    case 'string':
      return { kind: 'string', bytes: column.bytes, start: column.start, end: column.end, nulls, failures }
    case 'list':
      return { kind: 'list', start: column.start, end: column.end, items: column.items, nulls, failures }
    case 'map': {
      const { start, end, keys, values } = column
      return { kind: 'map', start, end, keys, values, nulls, failures }
    }
    case 'row':
      return { kind: 'row', fields: column.fields.map((field) => nullsWithin(field, nulls)), nulls, failures }
  }
}

/** A field of a ROW, which is NULL where that is. */
function nullsWithin(field: Column, nulls: Nulls): Column {
  if (nulls === undefined || nulls === field.nulls) return field
  const own = nulls.slice()
  const before = field.nulls ?? []
  for (let row = 0; row < Math.min(own.length, before.length); row++)
    own[row] = (own[row] as number) | (before[row] as number)
  return withNulls(field, own, undefined)
}

/** Makes the NULLs and failures of a strict function's result. The nulls may lie in an array that is reused by the next call. */
export class StrictNulls {
  #buffer = new Uint8Array(0)

  /** `result` with NULL where an argument is NULL, and elsewhere with its own failures and those of the arguments. */
  apply(result: Column, columns: readonly Column[], count: number): Column {
    let nulls = undefined as Nulls
    let owned = false
    const join = (more: Nulls) => {
      if (more === undefined || more === nulls) return
      owned = nulls !== undefined
      nulls = nulls === undefined ? more : this.#union(nulls, more, count)
    }
    for (const column of columns) join(column.nulls)
    const failures = collectFailures(result, columns, nulls)
    join(result.nulls)
    if (failures !== undefined && nulls !== undefined) {
      if (!owned) nulls = this.#union(nulls, nulls, count)
      for (const row of failures.keys()) nulls[row] = 0
    }
    if (nulls === result.nulls && failures === result.failures) return result
    return withNulls(result, nulls, failures)
  }

  #union(a: Uint8Array, b: Uint8Array, count: number): Uint8Array {
    if (this.#buffer.length < count) this.#buffer = new Uint8Array(Math.max(count, 2 * this.#buffer.length))
    const out = this.#buffer
    for (let row = 0; row < count; row++) out[row] = (a[row] as number) | (b[row] as number)
    return out
  }
}

function collectFailures(result: Column, columns: readonly Column[], nulls: Nulls): Failures {
  if (result.failures === undefined && columns.every((column) => column.failures === undefined)) return undefined
  const failures = new Map<number, string>()
  for (const column of [...columns, result]) {
    for (const [row, reason] of column.failures ?? []) {
      if (nulls?.[row] !== 1 && !failures.has(row)) failures.set(row, reason)
    }
  }
  return failures.size === 0 ? undefined : failures
}
