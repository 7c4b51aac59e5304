/** Rows as CSV (RFC 4180), as `tailrace query -o csv` writes them: NULL is an empty field, an empty text is `""`. */

export function csvOf(columns: readonly string[], rows: readonly { readonly [column: string]: unknown }[]): string {
  const lines = rows.map((row) => columns.map((column) => fieldOf(row[column])).join(','))
  return `${[columns.map(fieldOf).join(','), ...lines].join('\n')}\n`
}

function fieldOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
