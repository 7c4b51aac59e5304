/**
 * Rows as a table for people. Columns are as wide as the widest cell so far, so a table that comes in several batches
 * may widen on its way but never loses a digit; only long texts are cut, with … at the cut.
 *
 * What a log holds must not drive the terminal: control characters, and those that turn the direction of writing, are
 * shown as escapes.
 */
import { Buffer } from 'node:buffer'
import type { Column } from '../../record/column.ts'
import { type Field, isNumeric } from '../../record/type.ts'
import type { Encoder } from '../format.ts'
import { valueText } from './value.ts'

/** Characters of a text that are shown at most. */
const LONGEST_TEXT = 80
const GAP = '  '
const UNSAFE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

export function tableEncoder(fields: readonly Field[]): Encoder {
  const names = fields.map((field) => visible(field.name))
  const widths = names.map((name) => widthOf(name))
  let hasHead = false
  return {
    head: undefined,
    encode({ columns }, from, to, ends) {
      const cells: string[][] = []
      for (let row = from; row < to; row++)
        cells.push(fields.map((field, i) => cellOf(field, columns[i] as Column, row)))
      for (const row of cells) {
        for (const [i, text] of row.entries()) widths[i] = Math.max(widths[i] as number, widthOf(text))
      }
      const line = (row: readonly string[]) =>
        row
          .map((text, i) => padded(text, widths[i] as number, fields[i] !== undefined && isNumeric(fields[i].type)))
          .join(GAP)
          .trimEnd()
      let text = hasHead ? '' : `${line(names)}\n${widths.map((width) => '─'.repeat(width)).join(GAP)}\n`
      hasHead = true
      let bytes = ends === undefined ? 0 : Buffer.byteLength(text)
      cells.forEach((row, i) => {
        const written = line(row)
        text += `${written}\n`
        if (ends === undefined) return
        bytes += Buffer.byteLength(written)
        ends[i] = bytes++
      })
      return Buffer.from(text)
    },
  }
}

function cellOf({ type }: Field, column: Column, row: number): string {
  if (column.nulls?.[row] === 1) return 'NULL'
  if (column.kind !== 'string') return valueText(type, column, row)
  return visible(Buffer.from(column.bytes.subarray(column.start[row], column.end[row])).toString())
}

/** A text without what a terminal obeys, cut where it is too long. */
function visible(text: string): string {
  const safe = text.replace(UNSAFE, escapeOf)
  if (safe.length <= LONGEST_TEXT) return safe
  const characters = [...safe]
  return characters.length <= LONGEST_TEXT ? safe : `${characters.slice(0, LONGEST_TEXT - 1).join('')}…`
}

function escapeOf(character: string): string {
  const short = { '\t': '\\t', '\n': '\\n', '\r': '\\r' }[character]
  if (short !== undefined) return short
  const code = character.charCodeAt(0).toString(16)
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`
}

function widthOf(text: string): number {
  let width = 0
  for (const _ of text) width++
  return width
}

function padded(text: string, width: number, toTheRight: boolean): string {
  const blanks = ' '.repeat(width - widthOf(text))
  return toTheRight ? blanks + text : text + blanks
}
