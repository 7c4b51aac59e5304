/**
 * Rows of both engines in one form, so that they are compared value by value: times as ms since 1970, numbers as numbers, whatever
 * the text that an engine writes. Rows without an order are a multiset.
 */

/** How a column is compared. */
export type Kind = 'time' | 'number' | 'text'
export type Columns = { readonly [name: string]: Kind }
export type JsonRow = { readonly [name: string]: unknown }

/** A row as a text that is equal where its values are. Throws where a column is missing, or has a value of another kind. */
export function comparable(row: JsonRow, columns: Columns): string {
  return JSON.stringify(Object.entries(columns).map(([name, kind]) => comparableValue(row[name], kind, name)))
}

function comparableValue(value: unknown, kind: Kind, name: string): string | number | null {
  if (value === null) return null
  if (kind === 'text' && typeof value === 'string') return value
  const number = kind === 'time' ? Date.parse(`${String(value).replace(' ', 'T').replace(/Z$/, '')}Z`) : Number(value)
  if (value === undefined || value === '' || Number.isNaN(number)) {
    throw new Error(`column ${name} has ${JSON.stringify(value)} where a ${kind} is expected`)
  }
  return number
}

/** Throws unless both have the same rows as often, and shows some that only one of them has. */
export function compareRows(who: string, found: readonly string[], expected: readonly string[]): void {
  if (expected.length === 0) throw new Error(`${who}: no rows are expected, so nothing is compared`)
  const counts = new Map<string, number>()
  for (const row of expected) counts.set(row, (counts.get(row) ?? 0) + 1)
  for (const row of found) counts.set(row, (counts.get(row) ?? 0) - 1)
  const differing = [...counts].filter(([, count]) => count !== 0)
  if (differing.length === 0) return
  const some = differing.slice(0, 5).map(([row, count]) => `  ${count > 0 ? 'missing' : 'wrong'}: ${row}`)
  throw new Error(
    `${who}: ${found.length} rows, ${expected.length} are right; ${differing.length} differ, such as\n${some.join('\n')}`,
  )
}
