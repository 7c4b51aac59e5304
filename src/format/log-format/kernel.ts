/** Opens the kernel that reads lines of a log format (`kernel/assembly/log-format.ts`), and fills in its steps. */
import * as STEP from '../../kernel/assembly/log-format/layout.ts'
import { LOG_FORMAT_KERNEL } from '../../kernel/log-format.wasm.ts'
import { align, PADDING } from '../../kernel/open.ts'
import { PER_SECOND } from '../declared-columns.ts'
import type { ParsedColumn } from '../scan/parsed-column.ts'
import {
  BLOCK_RECORDS,
  type KernelRoom,
  LATE_INTEGERS,
  openParsedKernel,
  type ParsedKernel,
} from '../scan/parsed-kernel.ts'
import type { Shape, Step } from './step.ts'

const QUOTE = 34
const BACKSLASH = 92
const VECTOR_BYTES = 16

type Functions = {
  place(records: number, block: number, notes: number, steps: number, count: number, head: number, rows: number): void
}

/** A kernel. */
export function openLineKernel(shape: Shape, columns: readonly ParsedColumn[], room: KernelRoom): ParsedKernel {
  const { head, steps } = shape
  const own = STEP.STEP_BYTES * steps.length
  // Texts are compared 16 bytes at a time, so there is room behind each.
  const texts = [head, ...steps.flatMap((step) => [step.literal, piecesOf(step)])].reduce(
    (sum, text) => sum + align(text.length + PADDING),
    0,
  )
  const kernel = openParsedKernel<Functions>(LOG_FORMAT_KERNEL, { columns }, room, own + texts + 2 * PADDING)
  const { functions, memory, atStarts, atNotes, address } = kernel
  const atSteps = align(atNotes + 8 + 4 * LATE_INTEGERS * columns.length)
  const view = new DataView(memory.buffer)
  let atText = atSteps + own
  memory.set(head, atText)
  atText += align(head.length + PADDING)
  steps.forEach((step, i) => {
    memory.set(step.literal, atText)
    const values = step.columns.map((column) => address(columns[column]))
    const pieces = piecesOf(step)
    const atPieces = atText + align(step.literal.length + PADDING)
    memory.set(pieces, atPieces)
    fill(view, atSteps + STEP.STEP_BYTES * i, step, { literal: atText, pieces: atPieces, values })
    atText = atPieces + align(pieces.length + PADDING)
  })
  functions.place(atStarts, BLOCK_RECORDS, atNotes, atSteps, steps.length, head.length, room.rows)
  return kernel
}

/** The pieces of a pattern as the kernel takes them: a letter and its length, or 0 and a byte of a text. */
function piecesOf({ reads }: Step): Uint8Array {
  if (reads.is !== 'pattern') return new Uint8Array(0)
  return Uint8Array.from(
    reads.pattern.pieces.flatMap(({ letter, length, text }) =>
      letter === '' ? [...Buffer.from(text)].flatMap((byte) => [0, byte]) : [letter.charCodeAt(0), length],
    ),
  )
}

/** The bytes of the parts of a step, in the order of its columns behind the first. */
const REQUEST_PARTS = [STEP.METHOD, STEP.TARGET_PART, STEP.PATH, STEP.QUERY_PART, STEP.PROTOCOL]
const TARGET_PARTS = [STEP.PATH, STEP.QUERY_PART]

type Addresses = { readonly literal: number; readonly pieces: number; readonly values: readonly number[] }

function fill(view: DataView, at: number, step: Step, { literal, pieces, values }: Addresses): void {
  const set = (place: number, value: number) => view.setInt32(at + place, value, true)
  const first = step.literal[0] ?? 0
  const hasEscapes = (step.flags & STEP.HAS_ESCAPES) !== 0
  const { reads } = step
  set(STEP.KIND, step.kind)
  set(STEP.COLUMN, step.columns[0] as number)
  set(STEP.VALUES, values[0] as number)
  set(STEP.LITERAL, literal)
  set(STEP.COUNT, step.literal.length)
  set(STEP.ADVANCE, step.advance)
  set(STEP.FIRST, first)
  set(STEP.FLAGS, step.flags)
  if (reads.is === 'epoch') set(STEP.SIZE, PER_SECOND[reads.unit])
  if (reads.is === 'pattern') {
    set(STEP.SIZE, piecesOf(step).length / 2)
    set(STEP.PARTS, pieces)
  }
  const fillVector = (place: number, byte: number) => {
    for (let i = 0; i < VECTOR_BYTES; i++) view.setUint8(at + place + i, byte)
  }
  fillVector(STEP.FIRSTS, first)
  fillVector(STEP.LIMITS, step.limit)
  fillVector(STEP.QUOTES, hasEscapes ? QUOTE : first)
  fillVector(STEP.BACKSLASHES, hasEscapes ? BACKSLASH : first)
  for (let i = 0; i < 8 && i < step.literal.length; i++) {
    view.setUint8(at + STEP.WORD + i, step.literal[i] as number)
    view.setUint8(at + STEP.MASK + i, 255)
  }
  const parts = step.kind === STEP.REQUEST ? REQUEST_PARTS : TARGET_PARTS
  values.slice(1).forEach((value, i) => {
    set(STEP.PARTS + (parts[i] as number), value)
  })
  const hasParts = step.kind === STEP.REQUEST || step.kind === STEP.TARGET
  if (hasParts && values.some((value) => value !== 0)) set(STEP.PARTS + STEP.ANY, 1)
}
