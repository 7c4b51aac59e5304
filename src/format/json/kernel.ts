/** Opens the kernel that reads JSON records (`kernel/assembly/json.ts`), and adds the members of declared columns to it. */
import { Buffer } from 'node:buffer'
import { INNER_BYTES, KEY_SLOTS, LONGEST_LEARNT, MEMBER_BYTES, MOST_LEARNT } from '../../kernel/assembly/json/layout.ts'
import { LIST, MAP, NEVER, OBJECT, ROW } from '../../kernel/assembly/value/kinds.ts'
import { JSON_KERNEL } from '../../kernel/json.wasm.ts'
import { align, PADDING } from '../../kernel/open.ts'
import {
  BLOCK_BYTES,
  BLOCK_RECORDS,
  type KernelRoom,
  kindOfColumn,
  openParsedKernel,
  type ParsedKernel,
  type Target,
} from '../scan/parsed-kernel.ts'
import type { Member } from './members.ts'
import { DEPTH } from './scan.ts'

/** A name with one of these is escaped in JSON, and the kernel does not read a record with an escaped name. */
const ESCAPED_IN_JSON = /["\\\u0000-\u001f]/

const LEARNT_BYTES = (MOST_LEARNT + 2) * (MEMBER_BYTES + align(LONGEST_LEARNT))

type Functions = {
  place(records: number, block: number, notes: number, late: number, inner: number, rows: number): number
  add(owner: number, at: number, count: number, kind: number, column: number, values: number): number
  contain(member: number, item: number, inner: number, keys: number): void
}

/** A kernel for the members below `root`. */
export function openJsonKernel(root: Member, target: Required<Target>, room: KernelRoom): ParsedKernel {
  const { columns, inner } = target
  const own = INNER_BYTES * inner.length + 8 * KEY_SLOTS + DEPTH + membersBytes(root) + LEARNT_BYTES
  const kernel = openParsedKernel<Functions>(JSON_KERNEL, target, room, own)
  const { functions, memory, atStarts, atNotes, atInner, mostLate, address } = kernel
  const indexes = new Map(columns.map((column, index) => [column, index]))
  const addMember = (owner: number, member: Member): number => {
    const name = owner === 0 ? new Uint8Array(0) : quoted(member)
    if (name === undefined) return 0
    memory.set(name, PADDING)
    const [place] = member.places
    const index = place === undefined ? -1 : (indexes.get(place.column) ?? -1)
    const added = functions.add(owner, PADDING, name.length, kindOf(member), index, address(place?.column))
    for (const child of member.children) addMember(added, child)
    if (member.places.length > 1 || place?.inside === undefined) return added
    const { inside } = place
    if (inside.kind === 'row') for (const child of inside.root.children) addMember(added, child)
    else {
      const item = addMember(0, inside.item)
      functions.contain(added, item, atInner + INNER_BYTES * inner.indexOf(inside.rows), address(inside.keys))
    }
    return added
  }
  const outermost = functions.place(atStarts, BLOCK_RECORDS, atNotes, mostLate, inner.length, room.rows)
  for (const child of root.children) addMember(outermost, child)
  return kernel
}

/** The name in quotes; undefined if it is too long or escaped, so that no record that the kernel reads can have it. */
function quoted({ name }: Member): Uint8Array | undefined {
  const text = Buffer.from(name).toString()
  return ESCAPED_IN_JSON.test(text) || name.length > BLOCK_BYTES - 2 ? undefined : Buffer.from(`"${text}"`)
}

/** A bound of the bytes that a member and those below it take. */
function membersBytes({ name, children, places }: Member): number {
  const below = places.flatMap(({ inside }) =>
    inside === undefined ? [] : inside.kind === 'row' ? inside.root.children : [inside.item],
  )
  const own = MEMBER_BYTES + align(name.length + 3)
  return [...children, ...below].reduce((sum, member) => sum + membersBytes(member), own)
}

function kindOf({ children, places }: Member): number {
  const [place, another] = places
  if (children.length > 0) return place === undefined ? OBJECT : NEVER
  if (place === undefined || another !== undefined) return NEVER
  const { inside, column } = place
  if (inside === undefined) return kindOfColumn(column)
  if (inside.kind === 'row') return ROW
  if (inside.keys === undefined) return LIST
  // Result rows may have other keys than texts.
  return inside.keys.type.kind === 'STRING' ? MAP : NEVER
}
