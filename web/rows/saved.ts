/** Rows of a page as files, in the forms that `tailrace query -o` writes. */
import { type ChartColumn, type ChartRow, isNumberType } from '../chart/columns.ts'

/** CSV: NULL is empty, and an empty text is `""`. */
export function savedCsv(columns: readonly ChartColumn[], rows: readonly ChartRow[]): string {
  const head = columns.map(({ name }) => quoted(name)).join(',')
  const lines = rows.map((row) => columns.map(({ name }) => csvField(row[name])).join(','))
  return `${[head, ...lines].join('\n')}\n`
}

function csvField(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value === '') return '""'
  return quoted(typeof value === 'object' ? JSON.stringify(value) : String(value))
}

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** An array of objects; numbers have all of their digits. */
export function savedJson(columns: readonly ChartColumn[], rows: readonly ChartRow[]): string {
  const lines = rows.map((row) => {
    const members = columns.map(({ name, type }) => {
      const value = row[name] ?? null
      const isExact = typeof value === 'string' && isNumberType(type) && /^-?\d+(\.\d+)?$/.test(value)
      return `${JSON.stringify(name)}:${isExact ? value : JSON.stringify(value)}`
    })
    return `{${members.join(',')}}`
  })
  return `[\n${lines.join(',\n')}\n]\n`
}
