/**
 * Rows as a table of text: cells for people, columns aligned, numbers to the right, never wider than asked.
 *
 * What comes from a log may hold anything, so control characters, which could take the terminal over, are written as
 * \x1b: nothing but printable text leaves here.
 */
import { dateText, timestampText, timeText } from '../base/calendar.ts'
import { type Batch, type Column, valueAt } from '../record/column.ts'
import { decimalText } from '../record/decimal.ts'
import { type Field, isNumeric, type Type } from '../record/type.ts'

const GAP = '  '
const NARROWEST = 4
const NULL_TEXT = '-'

/** The cells of one row. */
export function cellsOf(fields: readonly Field[], batch: Batch, row: number): string[] {
  return fields.map(({ type }, i) => cellText(type, batch.columns[i] as Column, row))
}

/** One value: times without a fraction that is zero, a DOUBLE with six digits, NULL as `-`. */
export function cellText(type: Type, column: Column, row: number): string {
  const value = valueAt(column, row)
  if (value === null) return NULL_TEXT
  switch (type.kind) {
    case 'DATE':
      return dateText(Number(value))
    case 'TIME':
      return timeText(Number(value))
    case 'TIMESTAMP':
      return momentText(Number(value))
    case 'TIMESTAMP_LTZ':
      return `${momentText(Number(value))}Z`
    case 'DECIMAL':
      return decimalText(value as bigint, type.scale)
    case 'DOUBLE':
      return String(Number((value as number).toPrecision(6)))
    default:
      return printable(String(value))
  }
}

const momentText = (milliseconds: number): string => timestampText(milliseconds, ' ').replace(/\.000$/, '')

/** The text with what would move the cursor or colour the terminal written out. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = (character.codePointAt(0) as number).toString(16)
    return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`
  })
}

/** How wide each column must be for the head and these rows. */
export function columnWidths(fields: readonly Field[], rows: readonly (readonly string[])[]): number[] {
  const widest = (width: number, text: string) => Math.max(width, textWidth(text))
  return fields.map(({ name }, i) => rows.map((row) => row[i] as string).reduce(widest, textWidth(name)))
}

/**
 * The widths made to fit: the widest columns give way first, down to four cells each. What still does not fit is cut at the
 * right edge by `tableLine`.
 */
export function fitWidths(wanted: readonly number[], limit: number): number[] {
  const widths = [...wanted]
  let over = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) - limit
  while (over > 0) {
    const widest = Math.max(...widths)
    if (widest <= NARROWEST) break
    const next = Math.max(NARROWEST, ...widths.filter((width) => width < widest))
    const index = widths.indexOf(widest)
    const share = widths.filter((width) => width === widest).length
    const cut = Math.max(1, Math.min(widest - next, Math.ceil(over / share)))
    widths[index] = widest - cut
    over -= cut
  }
  return widths
}

/** One line of the table, without blanks at its end. */
export function tableLine(
  fields: readonly Field[],
  cells: readonly string[],
  widths: readonly number[],
  limit: number,
): string {
  const line = fields.map(({ type }, i) => aligned(cells[i] as string, widths[i] as number, isNumeric(type))).join(GAP)
  return cutText(line, limit).trimEnd()
}

function aligned(text: string, width: number, right: boolean): string {
  const shown = cutText(text, width)
  const blanks = ' '.repeat(Math.max(0, width - textWidth(shown)))
  return right ? blanks + shown : shown + blanks
}

/** The text, its end replaced by … where it is wider. */
export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  let shown = ''
  let left = width - 1
  for (const character of text) {
    left -= characterWidth(character)
    if (left < 0) break
    shown += character
  }
  return `${shown}…`
}

/** Cells of a terminal that a text takes: none for combining marks, two for wide characters. */
export function textWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u

function characterWidth(character: string): number {
  if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}
