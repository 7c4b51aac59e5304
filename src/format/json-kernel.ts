/**
 * Opens the kernel that reads JSON records (`kernel/assembly/json.ts`) for declared columns: tells it their members, and lays
 * the arrays of the columns that are wanted into its memory, so that what it reads comes at no cost.
 */
import { Buffer } from 'node:buffer'
import {
  BOOLEAN,
  DOUBLE,
  INSTANT,
  INT,
  LATE,
  LONGEST_LEARNT,
  MEMBER_BYTES,
  MOST_LEARNT,
  NEVER,
  OBJECT,
  TEXT,
  WALL,
  WHOLE,
} from '../kernel/assembly/json-layout.ts'
import { JSON_KERNEL } from '../kernel/json.wasm.ts'
import { openKernel } from '../kernel/open.ts'
import type { Type } from '../record/type.ts'
import type { Member } from './json-members.ts'
import { DEPTH } from './json-scan.ts'
import type { ParsedColumn } from './parsed-column.ts'

/** Bytes and records of a block: what stays near to the processor. */
export const BLOCK_BYTES: number = 1 << 16
export const BLOCK: number = 1 << 11
/** The kernel reads a little around the bytes that it is given. */
export const PADDING = 64
/** Integers of a late value. */
export const LATE_INTEGERS = 4

/** Names with these are never written as they are: a record with an escaped name is not read by the kernel. */
const ESCAPED_IN_JSON = /["\\\u0000-\u001f]/

type Functions = {
  place(records: number, block: number, notes: number, columns: number, rows: number): number
  add(owner: number, at: number, count: number, kind: number, column: number, values: number): number
  take(from: number, to: number, shift: number): void
  scan(index: number, count: number, row: number): number
}

export type JsonKernel = {
  readonly functions: Functions
  readonly memory: Uint8Array
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** Records taken, what the scan stopped at, and the late values. */
  readonly notes: Int32Array
}

/** A kernel with room for so many rows. The wanted ones of the columns have their arrays in it afterwards. */
export function openJsonKernel(root: Member, columns: readonly ParsedColumn[], capacity: number): JsonKernel {
  const starts = BLOCK_BYTES + 2 * PADDING
  const notes = starts + 8 * BLOCK
  const members = notes + 8 + 4 * LATE_INTEGERS * columns.length + DEPTH
  const values = align(members + membersBytes(root) + (MOST_LEARNT + 2) * (MEMBER_BYTES + align(LONGEST_LEARNT)))
  // Not a power of two, as then all columns of a row would want the same few places in the processor's cache.
  const stride = align(9 * capacity) + PADDING
  const wanted = columns.filter(({ isWanted }) => isWanted)
  const { functions, memory } = openKernel<Functions>(JSON_KERNEL, values + stride * wanted.length)
  wanted.forEach((column, i) => {
    column.lay(memory, values + stride * i, capacity)
  })
  const bytes = new Uint8Array(memory)
  const addAll = (owner: number, { children }: Member): void => {
    for (const child of children) {
      const name = quoted(child)
      if (name === undefined) continue
      bytes.set(name, PADDING)
      const [column] = child.columns
      const place = column === undefined ? -1 : wanted.indexOf(column)
      const address = place < 0 ? 0 : values + stride * place
      const index = column === undefined ? -1 : columns.indexOf(column)
      addAll(functions.add(owner, PADDING, name.length, kindOf(child), index, address), child)
    }
  }
  addAll(functions.place(starts, BLOCK, notes, columns.length, capacity), root)
  return {
    functions,
    memory: bytes,
    starts: new Int32Array(memory, starts, BLOCK),
    ends: new Int32Array(memory, starts + 4 * BLOCK, BLOCK),
    notes: new Int32Array(memory, notes, 2 + LATE_INTEGERS * columns.length),
  }
}

const align = (bytes: number): number => Math.ceil(bytes / PADDING) * PADDING

/** The name in quotes, undefined where no record that the kernel reads can have it: it is too long, or written with escapes. */
function quoted({ name }: Member): Uint8Array | undefined {
  const text = Buffer.from(name).toString()
  return ESCAPED_IN_JSON.test(text) || name.length > BLOCK_BYTES - 2 ? undefined : Buffer.from(`"${text}"`)
}

function membersBytes(member: Member): number {
  const own = MEMBER_BYTES + align(member.name.length + 3)
  return member.children.reduce((sum, child) => sum + membersBytes(child), own)
}

function kindOf({ children, columns }: Member): number {
  const [column, another] = columns
  if (children.length > 0) return column === undefined ? OBJECT : NEVER
  return column === undefined || another !== undefined ? NEVER : kindOfType(column.type)
}

function kindOfType({ kind }: Type): number {
  switch (kind) {
    case 'STRING':
      return TEXT
    case 'INT':
      return INT
    case 'BIGINT':
      return WHOLE
    case 'DOUBLE':
      return DOUBLE
    case 'BOOLEAN':
      return BOOLEAN
    case 'TIMESTAMP':
      return WALL
    case 'TIMESTAMP_LTZ':
      return INSTANT
    default:
      return LATE
  }
}
