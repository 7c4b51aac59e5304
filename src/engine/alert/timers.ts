/**
 * When the keys of an alert are due, earliest first; of those due at one time, by key. A key that is due later than it was
 * keeps its place until that comes up, so rows that only put it off cost nothing.
 */
import type { EventTime } from '../../base/quantity.ts'

/** What has a timer. */
export type Timed = {
  readonly key: string
  /** When it is in the list; Infinity: it is not. */
  queued: EventTime
}

type Item<Entry> = { readonly due: EventTime; readonly entry: Entry }

/** A heap: each item is before the two below it. */
export class Timers<Entry extends Timed> {
  readonly #items: Item<Entry>[] = []
  /** When an entry is due now; Infinity: never. */
  readonly #dueOf: (entry: Entry) => EventTime

  constructor(dueOf: (entry: Entry) => EventTime) {
    this.#dueOf = dueOf
  }

  /** To be called after each change of an entry. */
  changed(entry: Entry): void {
    const due = this.#dueOf(entry)
    if (due >= entry.queued) return
    entry.queued = due
    this.#push({ due, entry })
  }

  /** When the first is due, or somewhat earlier; Infinity where none is. */
  get first(): EventTime {
    return this.#items[0]?.due ?? Infinity
  }

  /** Takes the first entry that is due before a time, with that time; undefined where there is none. */
  takeBefore(limit: EventTime): Item<Entry> | undefined {
    for (let item = this.#items[0]; item !== undefined && item.due < limit; item = this.#items[0]) {
      this.#pop()
      const { due, entry } = item
      // An entry that became due earlier is in the list a second time.
      if (due !== entry.queued) continue
      entry.queued = Infinity
      if (this.#dueOf(entry) === due) return item
      this.changed(entry)
    }
    return undefined
  }

  #push(item: Item<Entry>): void {
    const items = this.#items
    let at = items.length
    for (; at > 0; ) {
      const above = (at - 1) >> 1
      const other = items[above] as Item<Entry>
      if (!isBefore(item, other)) break
      items[at] = other
      at = above
    }
    items[at] = item
  }

  #pop(): void {
    const items = this.#items
    const item = items.pop()
    if (item === undefined || items.length === 0) return
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= items.length) break
      if (below + 1 < items.length && isBefore(items[below + 1] as Item<Entry>, items[below] as Item<Entry>)) below++
      if (!isBefore(items[below] as Item<Entry>, item)) break
      items[at] = items[below] as Item<Entry>
      at = below
    }
    items[at] = item
  }
}

const isBefore = <Entry extends Timed>(a: Item<Entry>, b: Item<Entry>): boolean =>
  a.due < b.due || (a.due === b.due && a.entry.key < b.entry.key)
