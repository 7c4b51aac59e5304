/**
 * The alert `unreachable`: for each source that says that it cannot be reached for the time `for`, a row in the alert's topic,
 * and another one when it can be reached again. It goes by the clock: such a source makes no records, so no query can tell.
 *
 * What has fired is in `unreachable.json` of the data folder, a checked file, before its row is appended, and until the row is
 * that says the end. So after a crash the row comes again, with the same id, and nothing is forgotten:
 *
 *   { SOURCE: { since, fired, reason } }     ms since 1970
 */
import { type Clock, slept } from '../../base/clock.ts'
import type { Disk } from '../../base/disk/disk.ts'
import type { EventTime } from '../../base/quantity.ts'
import { uuidOf } from '../../base/uuid.ts'
import type { Topic } from '../../bus/bus.ts'
import { readChecked, writeChecked } from '../../data/checked-json.ts'
import { UNREACHABLE, UNREACHABLE_FIELDS } from '../../pipeline/check/alert/unreachable.ts'
import type { CheckedAlert, CheckedPipeline } from '../../pipeline/checked.ts'
import { batchOfRows, columnOf } from '../../record/column.ts'
import type { AlertState } from '../../sql/plan/alert-words.ts'
import { rowEncoder } from '../../topic/row-records.ts'
import type { Reach, Unreachable } from '../reach.ts'

/** A source that has fired. */
type Fired = { readonly since: EventTime; readonly fired: EventTime; readonly reason: string }

export type UnreachableStanding = Omit<Fired, 'fired'> & {
  readonly source: string
  /** The id of the firing; undefined: it is pending. */
  readonly id: string | undefined
  readonly fired: EventTime | undefined
}

export type UnreachableAlert = {
  /** Watches the sources of this pipeline from now on. Rejects with the Failure of the bus or the disk. */
  become(pipeline: CheckedPipeline, topic: Topic | undefined): Promise<void>
  standing(): readonly UnreachableStanding[]
  /** Resolves when the rows of what has happened are durable. */
  settled(): Promise<void>
  /** Resolves when nothing more is appended: what sources say from now on is not heard. */
  [Symbol.asyncDispose](): Promise<void>
}

type Context = {
  readonly clock: Clock
  readonly disk: Disk
  readonly dataFolder: string
  readonly reach: Reach
  /** Ends the run. */
  fail(error: unknown): void
}

/** Nothing is watched before `become`. */
export function openUnreachable(context: Context): UnreachableAlert {
  return new Watch(context)
}

const ROW_KEY = ['state', 'id'].map((name) => UNREACHABLE_FIELDS.findIndex((field) => field.name === name))

class Watch implements UnreachableAlert {
  readonly #context: Context
  readonly #encode = rowEncoder(UNREACHABLE_FIELDS, ROW_KEY)
  readonly #file: string
  #pipeline: CheckedPipeline | undefined
  #alert: CheckedAlert | undefined
  #topic: Topic | undefined
  #fired = new Map<string, Fired>()
  /** Sources that cannot be reached and have not fired; aborted when they can. */
  readonly #pending = new Map<string, { readonly now: Unreachable; readonly end: AbortController }>()
  #listening: Disposable | undefined
  #turn: Promise<void> = Promise.resolve()

  constructor(context: Context) {
    this.#context = context
    this.#file = `${context.dataFolder}/unreachable.json`
  }

  async become(pipeline: CheckedPipeline, topic: Topic | undefined): Promise<void> {
    const { reach, disk } = this.#context
    const isFirst = this.#listening === undefined
    this.#pipeline = pipeline
    this.#alert = pipeline.alerts.find(({ name }) => name === UNREACHABLE)
    this.#topic = topic
    if (isFirst) {
      const kept = (readChecked(disk, this.#file) ?? {}) as { readonly [source: string]: Fired }
      this.#fired = new Map(Object.entries(kept))
      this.#listening = reach.listen((source, now) => this.#heard(source, now))
    }
    for (const [source, { since, reason }] of this.#fired) {
      const isThere = pipeline.sources.some(({ name }) => name === source)
      if (!isThere || this.#alert === undefined) this.#later(() => this.#resolve(source))
      else {
        // Its next attempt says whether it still is so.
        if (reach.of(source) === undefined) reach.restore(source, { text: reason, since, attempts: 0 })
        // It may have been noted and not appended when the process ended.
        if (isFirst) this.#later(() => this.#append('firing', source, this.#context.clock.now()))
      }
    }
    await this.#turn
  }

  standing(): readonly UnreachableStanding[] {
    const fired = [...this.#fired].map(([source, one]) => ({ ...one, source, id: this.#idOf(source, one.fired) }))
    const pending = [...this.#pending].map(([source, { now }]) => {
      return { source, since: now.since, reason: now.text, id: undefined, fired: undefined }
    })
    return [...fired, ...pending]
  }

  settled(): Promise<void> {
    return this.#turn
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listening?.[Symbol.dispose]()
    for (const { end } of this.#pending.values()) end.abort()
    await this.#turn.catch(() => undefined)
  }

  #heard(source: string, now: Unreachable | 'gone' | undefined): void {
    if (now === undefined || now === 'gone') {
      this.#pending.get(source)?.end.abort()
      this.#pending.delete(source)
      if (now === undefined) this.#later(() => this.#resolve(source))
    } else if (!this.#fired.has(source) && !this.#pending.has(source)) {
      const end = new AbortController()
      this.#pending.set(source, { now, end })
      void this.#wait(source, now, end)
    }
  }

  async #wait(source: string, now: Unreachable, end: AbortController): Promise<void> {
    const { clock } = this.#context
    const ms = this.#alert?.unreachableMs
    if (ms === undefined || !(await slept(clock, ms, end.signal))) return
    this.#later(async () => {
      if (end.signal.aborted) return
      this.#pending.delete(source)
      const at = clock.now()
      const { text: reason } = this.#context.reach.of(source) ?? now
      this.#fired.set(source, { since: now.since, fired: at, reason })
      await this.#keep()
      await this.#append('firing', source, at)
    })
  }

  async #resolve(source: string): Promise<void> {
    if (!this.#fired.has(source)) return
    await this.#append('resolved', source, this.#context.clock.now())
    this.#fired.delete(source)
    await this.#keep()
  }

  /** One thing after the other. A failure ends the run. */
  #later(work: () => Promise<void>): void {
    const done = this.#turn.then(work)
    done.catch((error: unknown) => this.#context.fail(error))
    this.#turn = done
  }

  #keep(): Promise<void> {
    return writeChecked(this.#context.disk, this.#file, Object.fromEntries(this.#fired))
  }

  #idOf(source: string, fired: EventTime): string {
    return uuidOf(this.#pipeline?.name, 'alert', UNREACHABLE, JSON.stringify({ source }), fired)
  }

  async #append(state: AlertState, source: string, now: EventTime): Promise<void> {
    const { since = now, fired = now, reason = '' } = this.#fired.get(source) ?? {}
    if (this.#topic === undefined || this.#alert === undefined) return
    const isOver = state === 'resolved'
    const cells: { readonly [column: string]: string | number } = {
      alert: UNREACHABLE,
      state,
      severity: this.#alert.severity,
      id: this.#idOf(source, fired),
      since,
      at: isOver ? now : fired,
      message: isOver ? `source ${source} can be reached again` : `source ${source} cannot be reached: ${reason}`,
      source,
      reason,
    }
    const columns = UNREACHABLE_FIELDS.map(({ name, type }) => columnOf(type, [cells[name] ?? null]))
    const { values, keys } = this.#encode(batchOfRows(1, columns), 0)
    const timestamp = this.#context.clock.now()
    await this.#topic.append(0, { values, keys, timestamp, position: undefined })
  }
}
