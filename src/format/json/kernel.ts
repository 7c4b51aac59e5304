/** Opens the kernel that reads JSON records (`kernel/assembly/json.ts`), and adds the members of declared columns to it. */
import { Buffer } from 'node:buffer'
import { LONGEST_LEARNT, MEMBER_BYTES, MOST_LEARNT } from '../../kernel/assembly/json/layout.ts'
import { NEVER, OBJECT } from '../../kernel/assembly/value/kinds.ts'
import { JSON_KERNEL } from '../../kernel/json.wasm.ts'
import { align, PADDING } from '../../kernel/open.ts'
import type { ParsedColumn } from '../scan/parsed-column.ts'
import { BLOCK_BYTES, BLOCK_RECORDS, kindOfColumn, openParsedKernel, type ParsedKernel } from '../scan/parsed-kernel.ts'
import type { Member } from './members.ts'
import { DEPTH } from './scan.ts'

/** A name with one of these is escaped in JSON, and the kernel does not read a record with an escaped name. */
const ESCAPED_IN_JSON = /["\\\u0000-\u001f]/

type Functions = {
  place(records: number, block: number, notes: number, columns: number, rows: number): number
  add(owner: number, at: number, count: number, kind: number, column: number, values: number): number
}

/** A kernel for the members below `root`, with room for `capacity` rows. */
export function openJsonKernel(root: Member, columns: readonly ParsedColumn[], capacity: number): ParsedKernel {
  const learnt = (MOST_LEARNT + 2) * (MEMBER_BYTES + align(LONGEST_LEARNT))
  const kernel = openParsedKernel<Functions>(JSON_KERNEL, columns, capacity, DEPTH + membersBytes(root) + learnt)
  const { functions, memory, atStarts, atNotes, address } = kernel
  const addAll = (owner: number, { children }: Member): void => {
    for (const child of children) {
      const name = quoted(child)
      if (name === undefined) continue
      memory.set(name, PADDING)
      const [column] = child.columns
      const index = column === undefined ? -1 : columns.indexOf(column)
      addAll(functions.add(owner, PADDING, name.length, kindOf(child), index, address(column)), child)
    }
  }
  addAll(functions.place(atStarts, BLOCK_RECORDS, atNotes, columns.length, capacity), root)
  return kernel
}

/** The name in quotes; undefined if it is too long or escaped, so that no record that the kernel reads can have it. */
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
  return column === undefined || another !== undefined ? NEVER : kindOfColumn(column)
}
