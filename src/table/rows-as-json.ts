/**
 * Rows of a store as JSON records, which the format `json` then decodes: so a value of a store means what the same value
 * means in a record, and what does not fit its declared type is refused in the same words.
 */
import type { Records } from '../record/column.ts'
import { recordsOf } from '../record/records.ts'
import type { TypeKind } from '../record/type.ts'
import type { Cell, Page, StoredColumn } from './table.ts'

/** A record for each row of a page; `columns` are those of its cells. */
export function openRowsAsJson(columns: readonly StoredColumn[]): (page: Page) => Records {
  const heads = columns.map(({ stored }, i) => `${i === 0 ? '{' : ','}${JSON.stringify(stored)}:`)
  const kinds = columns.map(({ field }) => field.type.kind)
  return (page) =>
    recordsOf(
      page.map((row) => {
        let text = ''
        for (const [i, head] of heads.entries()) text += head + cellAsJson(row[i], kinds[i] as TypeKind)
        return `${text}}`
      }),
    )
}

function cellAsJson(cell: Cell, kind: TypeKind): string {
  if (cell === null || cell === undefined) return 'null'
  if (cell instanceof Date) return `"${cell.toISOString()}"`
  if (kind === 'BYTES') {
    const bytes = cell instanceof Uint8Array ? Buffer.from(cell) : Buffer.from(String(cell))
    return `"${bytes.toString('base64')}"`
  }
  if (cell instanceof Uint8Array) return JSON.stringify(Buffer.from(cell).toString())
  if (typeof cell === 'string') return JSON.stringify(cell)
  // Stores without booleans keep them as numbers.
  if (kind === 'BOOLEAN' && (Number(cell) === 0 || Number(cell) === 1)) return Number(cell) === 1 ? 'true' : 'false'
  // JSON has no NaN; in a text it is one of DOUBLE.
  return typeof cell === 'number' && !Number.isFinite(cell) ? `"${cell}"` : String(cell)
}
