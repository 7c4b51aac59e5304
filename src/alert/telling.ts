/**
 * Tells people what the rows of an alert say: a sink of its topic, one for each notifier, so that each goes at its own pace.
 *
 * Rows that come together are told together, those that fired in one notification and those that are resolved in another;
 * a row of a key that is among them already begins the next ones. Nobody hears what was old when it was found (old logs that
 * are read for the first time), nor what is silenced, nor the end of something whose beginning nobody heard. What
 * fired in silence, and still does when the silence ends, is told then; so is what was old, and still fires when the log has
 * come to the present.
 */
import { every, slept } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import type { Duration } from '../base/quantity.ts'
import { durationText } from '../base/units.ts'
import { type Delivery, defineSink, type Sink, type SinkContext, type SinkState, type SinkType } from '../sink/sink.ts'
import type { Severity } from '../sql/plan/alert-words.ts'
import { type Account, Journal, type UnderWay } from './journal.ts'
import { type AlertRow, alertRows, type KeyColumns, MOST_KEYS, notificationOf } from './notification.ts'
import type { NotifiedKey, Notifier, NotifierType } from './notifier.ts'

/** What fires at once may come in several appends: this long they wait for each other. */
const TOGETHER_MS: Duration = 1000
/** How often it is looked whether a silence has ended, or the log has come to the present. */
const LOOK_MS: Duration = 10_000
/** A receiver that fails now and then is tried again soon, this number of times. */
const QUICK_TRIES = 3
const QUICK_PAUSE_MS: Duration = 200
const NEVER = new AbortController().signal

/** A notifier of an alert. */
export type Telling = {
  readonly alert: string
  readonly severity: Severity
  readonly notifier: NotifierType
  /** Among several of its kind in one alert: `webhook`, `webhook2`. */
  readonly label: string
  /** Rows that were older than this when they were found are not told; Infinity: all are. */
  readonly maxAgeMs: Duration
  readonly key: KeyColumns
}

export type TellingSink = Sink & {
  account(): Account
  /** Why what was silenced or old is not told yet; undefined: all is well. */
  trouble(): string | undefined
}

/** The type of the sink that a notifier is. */
export const tellingType = (telling: Telling): SinkType =>
  defineSink<unknown>({
    name: telling.notifier.name,
    summary: telling.notifier.summary,
    writes: 'append',
    options: telling.notifier.options,
    batch: { rows: MOST_KEYS, lingerMs: TOGETHER_MS },
    readsKept: () => true,
    open: (options, context) => openTelling(telling, options, context),
  })

/** Opens the notifier. Rejects with a Failure where it cannot be opened, or its journal is damaged. */
export async function openTelling(telling: Telling, options: unknown, context: SinkContext): Promise<TellingSink> {
  const { folder, output, clock } = context
  const journal = new Journal(context.disk, context.scratch)
  const notifier = await telling.notifier.open(options, { of: `alert ${telling.alert}`, folder, output, clock })
  return new Teller({ telling, context, journal, notifier })
}

type Opened = {
  readonly telling: Telling
  readonly context: SinkContext
  readonly journal: Journal
  readonly notifier: Notifier
}

/** Rows that are told together. */
type Part = { readonly underWay: UnderWay; readonly rows: readonly AlertRow[] }

class Teller implements TellingSink {
  readonly #telling: Telling
  readonly #context: SinkContext
  readonly #journal: Journal
  readonly #notifier: Notifier
  readonly #read: ReturnType<typeof alertRows>
  readonly #watch: AsyncDisposable
  /** One thing is told after the other. */
  #turn: Promise<unknown> = Promise.resolve()
  /** What the attempt under way has told. */
  readonly #sent = new Set<string>()
  #trouble: string | undefined
  /** How many were too old; said once. */
  #old = 0

  constructor({ telling, context, journal, notifier }: Opened) {
    this.#telling = telling
    this.#context = context
    this.#journal = journal
    this.#notifier = notifier
    this.#read = alertRows(context.fields, telling.key)
    this.#watch = every(context.clock, LOOK_MS, () => {
      this.#inTurn(() => this.#tellLater()).then(
        () => this.#late(undefined),
        (error: unknown) => {
          if (!(error instanceof Failure)) throw error
          this.#late(error.message)
        },
      )
    })
  }

  async write({ partition, baseOffset, rows, kept }: Delivery, giveUp?: AbortSignal): Promise<undefined> {
    const all = this.#read(rows, (row) => {
      const record = rows.origin?.[row] ?? row
      return { offset: baseOffset + record, found: kept?.timestamps[record] ?? this.#context.clock.now() }
    })
    // What was told before this attempt, or before a crash, is not told again.
    const left = all.filter(({ offset }) => offset >= this.#journal.doneTo(partition))
    let tries = 0
    for (let part = this.#next(partition, left); part !== undefined; part = this.#next(partition, left)) {
      const { underWay, rows: some } = part
      try {
        await this.#inTurn(() => this.#tellPart(underWay, some, giveUp))
        left.splice(0, some.length)
        tries = QUICK_TRIES
      } catch (error) {
        // The pauses of a delivery grow with each failure: where others were told before this one, it gets some quick tries.
        if (!(error instanceof Failure && error.retryable) || tries-- <= 0 || giveUp?.aborted === true) throw error
        await slept(this.#context.clock, QUICK_PAUSE_MS, giveUp ?? NEVER)
      }
    }
    return undefined
  }

  async flush(): Promise<SinkState> {
    return {}
  }

  account(): Account {
    return this.#journal.account
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch[Symbol.asyncDispose]()
    await this.#turn.catch(() => undefined)
    await this.#notifier.close()
  }

  trouble(): string | undefined {
    return this.#trouble
  }

  /** How the last attempt to tell what had to wait has ended; said when it changes. */
  #late(trouble: string | undefined): void {
    if (trouble !== undefined && this.#trouble === undefined) {
      this.#context.warn?.(`${trouble}; what was silenced or old is told later`)
    }
    this.#trouble = trouble
  }

  #inTurn<Done>(work: () => Promise<Done>): Promise<Done> {
    const done = this.#turn.then(work, work)
    this.#turn = done
    return done
  }

  /** The first rows that are told together: each firing is among them once. Before them, those that nobody hears. */
  #next(partition: number, left: readonly AlertRow[]): Part | undefined {
    const [first] = left
    if (first === undefined) return undefined
    const before = this.#journal.underWay(partition)
    if (before !== undefined && before.from === first.offset) {
      return { underWay: before, rows: left.filter(({ offset }) => offset < before.to) }
    }
    const silent = this.#silent(left)
    const ids = new Set<string>()
    const told = silent.indexOf(false)
    const repeated = left.findIndex(({ id }) => ids.size === ids.add(id).size)
    const end = told < 0 ? left.length : told > 0 ? told : repeated < 0 ? left.length : repeated
    const rows = left.slice(0, end)
    const { offset } = rows.at(-1) as AlertRow
    const unheard = rows.filter((_, row) => silent[row]).map(({ id }) => id)
    return { underWay: { partition, from: first.offset, to: offset + 1, silent: [...new Set(unheard)] }, rows }
  }

  /** Of each row, whether nobody hears it. The end of something is told where its beginning was. */
  #silent(rows: readonly AlertRow[]): readonly boolean[] {
    const begun = new Map<string, boolean>()
    return rows.map((row) => {
      const { id, state } = row
      if (state === 'resolved') return begun.get(id) ?? this.#isUnheard(id)
      const isSilent = this.#isOld(row) || this.#isSilenced(row)
      begun.set(id, isSilent)
      return isSilent
    })
  }

  /** Whether nobody has heard from here that it fires. */
  #isUnheard(id: string): boolean {
    const heard = this.#journal.firing.get(id)
    return heard === undefined ? this.#journal.hasJoined : heard.why !== undefined
  }

  #isOld({ at, found }: AlertRow): boolean {
    return found - Date.parse(at) > this.#telling.maxAgeMs
  }

  #isSilenced({ key }: Pick<AlertRow, 'key'>): boolean {
    const until = this.#context.silenced?.until(this.#telling.alert, key)
    return until !== undefined && until > this.#context.clock.now()
  }

  async #tellPart(underWay: UnderWay, rows: readonly AlertRow[], giveUp: AbortSignal | undefined): Promise<void> {
    const { pipeline, clock } = this.#context
    const silent = new Set(underWay.silent)
    const told = rows.filter(({ id }) => !silent.has(id))
    if (told.length > 0) await this.#journal.begin(underWay)
    for (const state of ['firing', 'reminder', 'resolved'] as const) {
      const some = told.filter((row) => row.state === state)
      if (some.length === 0) continue
      const notification = notificationOf(pipeline, this.#telling.alert, some)
      // An attempt that failed half way goes on behind what it had told.
      if (this.#sent.has(notification.id)) continue
      await this.#notifier.tell(notification, giveUp)
      this.#sent.add(notification.id)
    }
    for (const row of rows) this.#note(row, !silent.has(row.id), clock.now())
    await this.#journal.end(underWay)
    this.#sent.clear()
  }

  #note(row: AlertRow, isTold: boolean, now: number): void {
    const { id, state, since, at, message, key, row: values } = row
    const why = this.#isOld(row) ? 'old' : 'silenced'
    if (state === 'resolved') {
      const heard = isTold ? 'told' : (this.#journal.firing.get(id)?.why ?? 'new')
      this.#journal.resolve(id, now, heard)
    } else if (isTold) this.#journal.hear(id, { at: now })
    else if (state === 'firing') {
      this.#journal.hear(id, { at: now, why, key: { id, since, at, message, key, row: values } })
      if (why === 'old') this.#sayOld()
    }
  }

  #sayOld(): void {
    if (this.#old++ > 0) return
    const { maxAgeMs } = this.#telling
    this.#context.warn?.(
      `it fired more than ${durationText(maxAgeMs)} before it was found (max_age): nobody hears that, unless it still fires when the log has come to the present`,
    )
  }

  /** Tells what nobody has heard, still fires, and is neither silenced nor old any more. */
  async #tellLater(): Promise<void> {
    const { pipeline, clock } = this.#context
    const kept = [...this.#journal.firing.values()]
    const lasts = kept.some(({ why }) => why === 'old') ? this.#lasting() : undefined
    const due = kept
      .filter(({ why, key }) => why === 'silenced' || (key !== undefined && lasts?.has(key.id)))
      .flatMap(({ key }) => key ?? [])
      .filter((key) => !this.#isSilenced(key))
      .slice(0, MOST_KEYS)
    if (due.length === 0) return
    await this.#notifier.tell(notificationOf(pipeline, this.#telling.alert, due.map(this.#fired)), undefined)
    for (const { id } of due) this.#journal.hear(id, { at: clock.now() })
    await this.#journal.keep()
  }

  /** What fires now; undefined: the log has not come to the present, so nobody knows. */
  #lasting(): ReadonlySet<string> | undefined {
    const { clock, lasting } = this.#context
    const now = lasting?.()
    return now === undefined || clock.now() - now.reached > this.#telling.maxAgeMs ? undefined : now.ids()
  }

  readonly #fired = (key: NotifiedKey) => ({ ...key, state: 'firing' as const, severity: this.#telling.severity })
}
