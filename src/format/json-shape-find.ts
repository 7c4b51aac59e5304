/**
 * Finds the shape of a record that is known to be a row: its slots are the values, and what lies between them is text to
 * compare. There is none where the record is unusual: escaped names, or a column that would be put twice.
 */
import type { Member } from './json-members.ts'
import type { JsonScan } from './json-scan.ts'
import { JsonShape, SLOT, Slot, type SlotKind } from './json-shape.ts'
import type { ParsedColumn } from './parsed-column.ts'
import { isDigit } from './scan-number.ts'
import type { TextScratch } from './text-scratch.ts'

const QUOTE = 34
const COMMA = 44
const OPEN_ARRAY = 91
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

/** More values than this are not worth to be compared again and again. */
const MOST_SLOTS = 128

/** The shape of the record [from, end). */
export function findShape(
  root: Member,
  [from, end]: readonly [number, number],
  scan: JsonScan,
  scratch: TextScratch,
): JsonShape | undefined {
  const finder = new Finder(scan, from)
  const isFound = finder.object(root, scan.blanks(from)) >= 0 && finder.slots.length <= MOST_SLOTS
  return isFound ? new JsonShape(finder.slots, scan.bytes.slice(finder.from, end), scan, scratch) : undefined
}

class Finder {
  readonly slots: Slot[] = []
  /** Behind the last value. */
  from: number
  readonly #scan: JsonScan
  readonly #columns = new Set<ParsedColumn>()

  constructor(scan: JsonScan, from: number) {
    this.#scan = scan
    this.from = from
  }

  /** The object whose `{` is at `from`; returns what is behind it, or -1 where there is no shape. */
  object(member: Member, from: number): number {
    const scan = this.#scan
    const { bytes } = scan
    let at = scan.blanks(from + 1)
    while (bytes[at] === QUOTE) {
      const name = at + 1
      at = scan.string(name)
      if (scan.isEscaped) return -1
      const child = member.find(bytes, name, at - 1)
      at = this.#value(child?.isIgnored === false ? child : undefined, scan.colon(at))
      if (at < 0) return -1
      at = scan.blanks(at)
      if (bytes[at] === COMMA) at = scan.blanks(at + 1)
    }
    return bytes[at] === CLOSE_OBJECT ? at + 1 : -1
  }

  #value(member: Member | undefined, from: number): number {
    const byte = this.#scan.bytes[from]
    if (member !== undefined && member.children.length > 0) {
      return byte === OPEN_OBJECT && member.columns.length === 0 ? this.object(member, from) : -1
    }
    const [column, another] = member?.columns ?? []
    if (another !== undefined || (column !== undefined && this.#columns.has(column))) return -1
    if (column !== undefined) this.#columns.add(column)
    const isNested = byte === OPEN_OBJECT || byte === OPEN_ARRAY
    if (isNested && column !== undefined) return -1
    const end = isNested ? this.#scan.skip(from) : this.#scan.scalar(from)
    const quote = byte === QUOTE ? 1 : 0
    const kind = isNested ? SLOT.anything : quote === 1 ? textKind(column) : this.#scalarKind(column, from, end)
    this.slots.push(new Slot(kind, column, this.#scan.bytes.slice(this.from, from + quote)))
    this.from = end - quote
    return end
  }

  #scalarKind(column: ParsedColumn | undefined, from: number, end: number): SlotKind {
    const isWhole = column === undefined || column.type.kind === 'BIGINT' || column.type.kind === 'INT'
    for (let at = from; at < end; at++) if (!isDigit(this.#scan.bytes[at])) return SLOT.scalar
    return isWhole ? SLOT.digits : SLOT.scalar
  }
}

function textKind(column: ParsedColumn | undefined): SlotKind {
  if (column === undefined || column.type.kind === 'STRING') return SLOT.text
  return column.type.kind === 'TIMESTAMP' || column.type.kind === 'TIMESTAMP_LTZ' ? SLOT.timestamp : SLOT.parsedText
}
