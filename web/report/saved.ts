/** Rows of a page as files, in the forms that `tailrace query -o` writes. */
import type { PageCell, PageColumn } from '../../src/page/page-data.ts'
import { isNumberType } from '../chart/columns.ts'

type Rows = readonly (readonly PageCell[])[]

/** CSV: NULL is empty, and an empty text is `""`. */
export function savedCsv(columns: readonly PageColumn[], rows: Rows): string {
  const head = columns.map(({ name }) => quoted(name)).join(',')
  const lines = rows.map((cells) => cells.map(csvCell).join(','))
  return `${[head, ...lines].join('\n')}\n`
}

function csvCell(cell: PageCell): string {
  if (cell === null) return ''
  if (cell === '') return '""'
  return quoted(typeof cell === 'object' ? JSON.stringify(cell) : String(cell))
}

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** An array of objects; numbers have all of their digits. */
export function savedJson(columns: readonly PageColumn[], rows: Rows): string {
  const lines = rows.map((cells) => {
    const members = columns.map(({ name, type }, index) => {
      const cell = cells[index] ?? null
      const isExact = typeof cell === 'string' && isNumberType(type) && /^-?\d+(\.\d+)?$/.test(cell)
      return `${JSON.stringify(name)}:${isExact ? cell : JSON.stringify(cell)}`
    })
    return `{${members.join(',')}}`
  })
  return `[\n${lines.join(',\n')}\n]\n`
}
