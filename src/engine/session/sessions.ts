/**
 * The sessions of all partitions. A session is what meets of the pieces of a key: see `pieces.ts`. It is complete when every
 * partition has closed its end; then no piece that is still to come, or to grow, can meet it.
 */
import type { EventTime } from '../../base/quantity.ts'
import type { Dictionary } from '../../record/dictionary.ts'
import type { WallTime, WindowTime } from '../window/time.ts'
import { FoundSessions } from './found.ts'
import type { Content } from './piece-table.ts'
import { Pieces, settle } from './pieces.ts'

/** One piece of a key. */
type Member = { readonly partition: number; readonly slot: number }

/** Keys that nothing uses are forgotten where they are this many more than twice the pieces. */
const SPARE_KEYS = 1 << 14

/** The open sessions. */
export class Sessions {
  readonly pieces: readonly Pieces[]
  readonly #found: FoundSessions = new FoundSessions()

  constructor(time: WindowTime, contents: readonly Content[]) {
    this.pieces = contents.map((content) => new Pieces(time, content))
  }

  get count(): number {
    return this.pieces.reduce((sum, { table }) => sum + table.count, 0)
  }

  get bytes(): number {
    return this.pieces.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  addWindows(ends: Set<number>): void {
    for (const { table } of this.pieces) for (const slot of table.slots()) ends.add(table.ends[slot] as number)
  }

  /** Takes the sessions that end before a time, which every partition has closed. They are valid until `release`. */
  complete(before: WallTime): FoundSessions {
    const [only, another] = this.pieces
    if (only !== undefined && another === undefined) this.#completeOf(only, before)
    else this.#completeOfAll(before)
    return this.#found
  }

  /** Takes all sessions of a bounded input, which has one partition. */
  all(): FoundSessions {
    for (const { table } of this.pieces) {
      settle(table)
      this.#found.reserve(table.count)
      for (const slot of table.slots()) {
        this.#found.add(table.ids[slot] as number, table.starts[slot] as number, table.ends[slot] as number)
        this.#found.addPiece(0, slot)
      }
    }
    return this.#found
  }

  /** Forgets keys without sessions, if they are many: the ids of the others become other numbers. */
  forgetKeys(keys: Dictionary): void {
    if (keys.size <= SPARE_KEYS + 2 * this.count) return
    const used = new Uint8Array(keys.size)
    for (const { table } of this.pieces) for (const slot of table.slots()) used[table.ids[slot] as number] = 1
    const renamed = keys.retain(used)
    for (const { table } of this.pieces) table.rename(renamed, keys.size)
  }

  /** Frees what was taken. */
  release(): void {
    const { pieces, partitions, slots } = this.#found
    for (let at = 0; at < pieces; at++) this.pieces[partitions[at] as number]?.table.remove(slots[at] as number)
    this.#found.clear()
  }

  /** The least end of a session; Infinity: there is none. */
  least(): WallTime {
    let least = Infinity
    if (this.pieces.length === 1) {
      for (const { table } of this.pieces) {
        for (const slot of table.slots()) least = Math.min(least, table.ends[slot] as number)
      }
      return least
    }
    const keys = this.pieces.reduce((most, { table }) => Math.max(most, table.heads.length), 0)
    for (let id = 0; id < keys; id++) {
      this.#sweep(id, (_, end) => {
        least = Math.min(least, end)
      })
    }
    return least
  }

  /** The least end of a window that a watermark has not closed. */
  leastOpen(watermark: EventTime): WallTime {
    return this.pieces[0]?.leastOpen(watermark) ?? -Infinity
  }

  /** Each piece is a session. */
  #completeOf({ table }: Pieces, before: WallTime): void {
    this.pieces[0]?.lookAt(before, (slot) => {
      table.leave(slot)
      this.#found.add(table.ids[slot] as number, table.starts[slot] as number, table.ends[slot] as number)
      this.#found.addPiece(0, slot)
    })
    const { ids, count } = this.#found
    for (let at = 0; at < count; at++) table.unlink(ids[at] as number)
  }

  #completeOfAll(before: WallTime): void {
    const seen = new Set<number>()
    for (const pieces of this.pieces) {
      pieces.lookAt(before, (slot) => void seen.add(pieces.table.ids[slot] as number))
    }
    for (const id of seen) {
      let any = false
      this.#sweep(id, (members, end) => {
        if (end < before) {
          any = true
          this.#add(id, members)
          for (const { partition, slot } of members) this.pieces[partition]?.table.leave(slot)
        } else {
          for (const { partition, slot } of members) {
            const pieces = this.pieces[partition] as Pieces
            if ((pieces.table.ends[slot] as number) < before) pieces.relist(slot, end)
          }
        }
      })
      if (any) for (const { table } of this.pieces) table.unlink(id)
    }
  }

  /** Hands each session of a key to `visit`, with its end. */
  #sweep(id: number, visit: (members: readonly Member[], end: WallTime) => void): void {
    const all: Member[] = []
    this.pieces.forEach(({ table }, partition) => {
      for (let slot = table.headOf(id); slot >= 0; slot = table.next[slot] as number) all.push({ partition, slot })
    })
    const reaches = ({ partition, slot }: Member) => this.pieces[partition]?.table.reaches[slot] as number
    all.sort((a, b) => reaches(a) - reaches(b) || a.partition - b.partition)
    let members: Member[] = []
    let end = -Infinity
    for (const member of all) {
      if (members.length > 0 && reaches(member) > end) {
        visit(members, end)
        members = []
        end = -Infinity
      }
      members.push(member)
      end = Math.max(end, this.pieces[member.partition]?.table.ends[member.slot] as number)
    }
    if (members.length > 0) visit(members, end)
  }

  #add(id: number, members: readonly Member[]): void {
    const { starts, ends } = this.#boundsOf(members)
    const inOrder =
      members.length < 2
        ? members
        : [...members].sort((a, b) => a.partition - b.partition || this.#startOf(a) - this.#startOf(b))
    this.#found.add(id, starts, ends)
    for (const { partition, slot } of inOrder) this.#found.addPiece(partition, slot)
  }

  #startOf({ partition, slot }: Member): WallTime {
    return this.pieces[partition]?.table.starts[slot] as number
  }

  #boundsOf(members: readonly Member[]): { readonly starts: WallTime; readonly ends: WallTime } {
    let [starts, ends] = [Infinity, -Infinity]
    for (const member of members) {
      starts = Math.min(starts, this.#startOf(member))
      ends = Math.max(ends, this.pieces[member.partition]?.table.ends[member.slot] as number)
    }
    return { starts, ends }
  }
}
