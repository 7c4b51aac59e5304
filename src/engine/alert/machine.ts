/**
 * The keys of an alert and what becomes of them. With `when`:
 *
 *   no trouble ──true──▶ pending ──true for `for`──▶ firing ──clear, or quiet──▶ resolved: no trouble
 *                           └── not true, or quiet ──▶ no trouble
 *
 * With `absent`: each key that had a row is watched; it fires when it had none for that time, and its next row resolves it.
 *
 * Law: what happens follows from the rows in their order and from their times alone. What is due at a time happens behind all
 * rows of that time and before all later ones, so it does not matter when the clock says that the time has come.
 */
import type { EventTime } from '../../base/quantity.ts'
import type { Batch, BooleanColumn } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import type { AlertRule } from '../../sql/plan/plan.ts'
import { RowStore, type RowsState } from '../sort/row-store.ts'
import { AlertOutput } from './output.ts'
import { Timers } from './timers.ts'
import type { AlertTimes } from './times.ts'

/** Bytes of a key on the heap, about. */
const ENTRY_BYTES = 300
/** Rows that are no longer the last of their key are removed when they outnumber both the others and this. */
const SPARE_ROWS = 1 << 10

const PHASES = ['watched', 'pending', 'firing'] as const
export type Phase = (typeof PHASES)[number]

export type Entry = {
  readonly key: string
  phase: Phase
  /** The first row of the trouble; of a key that is watched for absence, its last row. */
  since: EventTime
  fired: EventTime
  /** From then on it is quiet. */
  quiet: EventTime
  remind: EventTime
  /** Its last row among those kept. */
  row: number
  queued: EventTime
}

/** Plain arrays, one element for each key. */
export type MachineState = {
  readonly keys: readonly string[]
  readonly phases: Uint8Array
  readonly since: Float64Array
  readonly fired: Float64Array
  readonly quiet: Float64Array
  readonly remind: Float64Array
  readonly rows: RowsState
}

/** The keys of one alert at work. */
export class AlertMachine {
  readonly #rule: AlertRule
  readonly #times: AlertTimes
  readonly #entries = new Map<string, Entry>()
  readonly #timers: Timers<Entry>
  readonly output: AlertOutput
  #rows: RowStore
  readonly #fields: readonly Field[]

  /** `row`: the fields of the query's rows. */
  constructor(rule: AlertRule, row: readonly Field[], times: AlertTimes, saved: MachineState | undefined) {
    this.#rule = rule
    this.#times = times
    this.#fields = row
    this.#timers = new Timers((entry) => this.#dueOf(entry))
    this.output = new AlertOutput(rule, row)
    this.#rows = new RowStore(row, saved?.rows)
    saved?.keys.forEach((key, i) => {
      const entry: Entry = {
        key,
        phase: PHASES[saved.phases[i] as number] as Phase,
        since: saved.since[i] as number,
        fired: saved.fired[i] as number,
        quiet: saved.quiet[i] as number,
        remind: saved.remind[i] as number,
        row: i,
        queued: Infinity,
      }
      this.#entries.set(key, entry)
      this.#timers.changed(entry)
    })
  }

  /** When the next key is due, or somewhat earlier. */
  get due(): EventTime {
    return this.#timers.first
  }

  get size(): number {
    return this.#entries.size
  }

  get bytes(): number {
    return this.#rows.bytes + this.#entries.size * ENTRY_BYTES
  }

  /** Lets everything happen that is due before a time. */
  runBefore(limit: EventTime): void {
    for (let due = this.#timers.takeBefore(limit); due !== undefined; due = this.#timers.takeBefore(limit)) {
      this.#happen(due.entry, due.due)
    }
  }

  /** Whether the row says nothing of a key that is in no trouble: then its key need not be looked up. */
  passes(batch: Batch, row: number): boolean {
    const { watches } = this.#rule
    return watches.kind === 'when' && this.#entries.size === 0 && !isTrue(batch, watches.when, row)
  }

  /** Takes a row of a key. Returns false where the key is new and there is no room for it. */
  take(key: string, batch: Batch, row: number, at: EventTime): boolean {
    const { watches, limit } = this.#rule
    const known = this.#entries.get(key)
    if (watches.kind === 'when') {
      if (watches.enough !== undefined && !isTrue(batch, watches.enough, row)) return true
      if (known === undefined && !isTrue(batch, watches.when, row)) return true
    }
    if (known === undefined && this.#entries.size >= limit) return false
    const entry = known ?? this.#begin(key, at)
    this.#keep(entry, batch, row)
    entry.quiet = this.#times.quietFrom(at)
    if (watches.kind === 'absent') this.#seen(entry, at)
    else this.#judge(entry, batch, row, at)
    if (this.#entries.has(key)) this.#timers.changed(entry)
    return true
  }

  count(wanted: Phase): number {
    let count = 0
    for (const { phase } of this.#entries.values()) if (phase === wanted) count++
    return count
  }

  /** All keys with the rows that they are about, in order of key. */
  standing(): { readonly entries: readonly Entry[]; readonly rows: Batch } {
    const entries = [...this.#entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
    return { entries, rows: this.#rows.batch() }
  }

  snapshot(): MachineState {
    const entries = [...this.#entries.values()]
    const rows = new RowStore(this.#fields)
    rows.append(
      this.#rows,
      Int32Array.from(entries, ({ row }) => row),
      entries.length,
    )
    return {
      keys: entries.map(({ key }) => key),
      phases: Uint8Array.from(entries, ({ phase }) => PHASES.indexOf(phase)),
      since: Float64Array.from(entries, ({ since }) => since),
      fired: Float64Array.from(entries, ({ fired }) => fired),
      quiet: Float64Array.from(entries, ({ quiet }) => quiet),
      remind: Float64Array.from(entries, ({ remind }) => remind),
      rows: rows.snapshot(),
    }
  }

  #begin(key: string, at: EventTime): Entry {
    const phase = this.#rule.watches.kind === 'when' ? 'pending' : 'watched'
    const none = Infinity
    const entry: Entry = { key, phase, since: at, fired: none, quiet: none, remind: none, row: 0, queued: none }
    this.#entries.set(key, entry)
    return entry
  }

  #judge(entry: Entry, batch: Batch, row: number, at: EventTime): void {
    const { watches } = this.#rule
    if (watches.kind !== 'when') return
    const isTrouble = isTrue(batch, watches.when, row)
    if (entry.phase === 'firing') {
      if (!isTrouble && (watches.clear === undefined || isTrue(batch, watches.clear, row))) this.#resolve(entry, at)
    } else if (!isTrouble) this.#entries.delete(entry.key)
    else if (at - entry.since >= watches.forMs) this.#fire(entry, at)
  }

  #seen(entry: Entry, at: EventTime): void {
    if (entry.phase === 'firing') this.#put(entry, 'resolved', at)
    entry.phase = 'watched'
    entry.since = at
    entry.remind = Infinity
  }

  #dueOf(entry: Entry): EventTime {
    const { phase, since, quiet, remind } = entry
    const { watches } = this.#rule
    // Its trouble is over; there may be another of the same key.
    if (this.#entries.get(entry.key) !== entry) return Infinity
    if (phase === 'watched') return watches.kind === 'absent' ? since + watches.absentMs : Infinity
    if (phase === 'firing') return Math.min(quiet, remind)
    return watches.kind === 'when' ? Math.min(quiet, since + watches.forMs) : Infinity
  }

  #happen(entry: Entry, at: EventTime): void {
    const { phase, quiet, remind } = entry
    // A key that is quiet has had no row for the end of its time: it was not in trouble all the time.
    if (phase !== 'watched' && quiet <= at) {
      if (phase === 'firing') this.#resolve(entry, at)
      else this.#entries.delete(entry.key)
      return
    }
    if (phase !== 'firing') this.#fire(entry, at)
    else {
      this.#put(entry, 'reminder', at)
      entry.remind = remind + (this.#rule.remindMs ?? Infinity)
    }
    this.#timers.changed(entry)
  }

  #fire(entry: Entry, at: EventTime): void {
    entry.phase = 'firing'
    entry.fired = at
    entry.remind = at + (this.#rule.remindMs ?? Infinity)
    this.#put(entry, 'firing', at)
  }

  #resolve(entry: Entry, at: EventTime): void {
    this.#put(entry, 'resolved', at)
    this.#entries.delete(entry.key)
  }

  #put({ since, fired, row }: Entry, state: 'firing' | 'reminder' | 'resolved', at: EventTime): void {
    const instant = (when: EventTime) => this.#times.instantOf(when)
    const happened = { state, since: instant(since), fired: instant(fired), at: instant(at) }
    this.output.add(happened, this.#rows.batch(), row)
  }

  #keep(entry: Entry, batch: Batch, row: number): void {
    entry.row = this.#rows.append(batch, Int32Array.of(row), 1)
    if (this.#rows.count > 2 * this.#entries.size + SPARE_ROWS) this.#clear()
  }

  /** Removes the rows that are no longer the last of their key. */
  #clear(): void {
    const entries = [...this.#entries.values()]
    this.#rows.retain(
      this.#rows,
      Int32Array.from(entries, ({ row }) => row),
    )
    entries.forEach((entry, row) => {
      entry.row = row
    })
  }
}

/** NULL is not true. */
function isTrue({ columns }: Batch, column: number, row: number): boolean {
  const { values, nulls } = columns[column] as BooleanColumn
  return values[row] === 1 && nulls?.[row] !== 1
}
