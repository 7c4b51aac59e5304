/**
 * Requests that were taken, by their idempotency key: the last `count` of them, for `time`. After a crash a key is known
 * exactly if its lines are there.
 *
 * An append carries the keys of its partition that are not in the journal yet, its own included. When some are durable, a step
 * of the journal takes them over, while later appends go on: they carry these keys until the step is durable, too. So what is
 * written for a request does not grow with the keys that are remembered (docs/decisions/035-journal-of-keys.md).
 */
import type { Clock } from '../../base/clock.ts'
import { sha256 } from '../../base/digest.ts'
import { roundSpan } from '../../base/units.ts'
import { type Growth, StepWriter } from '../../data/step-journal.ts'
import type { KeyedRequest, RequestKeys } from '../posted/request-keys.ts'
import type { SourceJournal, SourcePlace } from '../source.ts'
import { BODY_LENGTH, KEY_LENGTH, type KeyStep, keyedIn, keysOfPlace, namesKeys, readKeySteps } from './key-journal.ts'

/** Durable keys of a partition with which a step is written: fewer make shorter appends, and more syncs. */
const STEP_KEYS = 6
/** The most keys that an append carries, its own included. */
const MOST_CARRIED = 256
/** Where it has grown more, the journal is begun anew. */
const GROWTH: Growth = { bytes: 1 << 18, times: 2 }
/** Times of keys are rounded up to this when the journal is begun anew, so that keys share one. */
const TIME_STEP_MS = 10_000
/** A key that is forgotten sooner is warned of. */
const SOON_MS = 60_000

export type KeyLimits = { readonly count: number; readonly time: number }

/** Hashes an idempotency key and the body that came with it, and puts the hashes together. */
export function keyedBy(key: string, body: Uint8Array): KeyedRequest {
  return hashOf(key, KEY_LENGTH) + hashOf(body, BODY_LENGTH)
}

const hashOf = (bytes: string | Uint8Array, length: number): string => sha256(bytes, 'base64url').slice(0, length)

const keyOf = (keyed: KeyedRequest): string => keyed.slice(0, KEY_LENGTH)
const bodyOf = (keyed: KeyedRequest): string => keyed.slice(KEY_LENGTH)

/** `durable`: undefined once it is. */
type Taken = { readonly body: string; readonly at: number; durable: Promise<void> | undefined }

/** What the next append of a partition carries, the oldest first. */
type Carried = {
  readonly keys: KeyedRequest[]
  /** How many of these are durable. */
  durable: number
  /** The last request that is durable. */
  request: number
  /** The step of the journal that has all earlier keys. */
  base: number | undefined
}

export type RecentKeysOptions = {
  readonly clock: Clock
  /** Absent, for tests: all keys go with each append. */
  readonly journal?: SourceJournal | undefined
  warn(message: string): void
  /** Takes the failure of the journal, after which nothing may be appended. */
  fail(error: unknown): void
}

/** The keys of the requests that were taken, and where they are kept. */
export class RecentKeys implements RequestKeys {
  /** The oldest first. */
  readonly #taken = new Map<string, Taken>()
  readonly #carried: readonly Carried[]
  readonly #limits: KeyLimits
  readonly #options: RecentKeysOptions
  readonly #writer: StepWriter<KeyStep> | undefined
  /** Goes over all keys, as `taken` has them, while they are forgotten. */
  #order = this.#taken.entries()
  #oldest: [string, Taken] | undefined
  #since: number
  #step: number
  #writing: Promise<void> | undefined
  #isClosed = false
  #hasWarned = false

  /** Throws a Failure 'corrupt' where the journal does not fit the places. */
  constructor(places: readonly (SourcePlace | undefined)[], limits: KeyLimits, options: RecentKeysOptions) {
    const { journal, clock } = options
    const now = clock.now()
    this.#limits = limits
    this.#options = options
    this.#writer = journal && new StepWriter(journal.disk, journal.path, GROWTH)
    const steps = journal === undefined ? [] : readKeySteps(places, journal)
    this.#since = steps.at(-1)?.since ?? now
    this.#step = steps.at(-1)?.step ?? now - 1
    for (const { keys } of steps) {
      for (const [at, text] of keys) for (const keyed of keyedIn(text)) this.#remember(keyed, at, undefined)
    }
    this.#forget()
    this.#carried = places.map((place, partition) => {
      const keys = [...keysOfPlace(place)]
      const request = Number(place?.request ?? 0)
      // What the last step knew to be durable is in the journal, which may have a later request of a key that was forgotten.
      const isNew = request > (steps.at(-1)?.taken[partition] ?? 0) || !namesKeys(place)
      for (const keyed of isNew ? keys : []) if (!this.#has(keyed)) this.#remember(keyed, now, undefined)
      return { keys, durable: keys.length, request, base: namesKeys(place) ? Number(place?.base) : undefined }
    })
    this.#forget()
  }

  /** The earlier request with this key, if there was one: whether its body was another, and when its lines are durable. */
  find(keyed: KeyedRequest): { readonly isSame: boolean; readonly durable: Promise<void> } | undefined {
    this.#forget()
    const taken = this.#taken.get(keyOf(keyed))
    return taken && { isSame: taken.body === bodyOf(keyed), durable: taken.durable ?? Promise.resolve() }
  }

  /** Adds the key of a request, before its lines are appended. */
  add(keyed: KeyedRequest, durable: Promise<void>): void {
    this.#remember(keyed, this.#options.clock.now(), durable)
    this.#forget()
  }

  /** How many more keys an append to the partition can carry. */
  room(partition: number): number {
    return this.#writer === undefined ? Number.POSITIVE_INFINITY : MOST_CARRIED - this.#of(partition).keys.length
  }

  /** Resolves when an append to the partition can carry a key more, or no step is written any more. */
  async whenRoom(partition: number): Promise<void> {
    while (this.room(partition) <= 0 && !this.#isClosed) {
      this.#writeIfDue()
      await this.#writing
    }
  }

  /** What the next append of a partition carries in its place; `added`: the keys of its own requests. */
  carry(partition: number, added: readonly KeyedRequest[]): SourcePlace {
    const { keys, base } = this.#of(partition)
    keys.push(...added)
    const most = this.#writer === undefined ? this.#limits.count : Number.POSITIVE_INFINITY
    if (keys.length > most) keys.splice(0, keys.length - most)
    return { ...(keys.length > 0 && { keys: keys.join('') }), ...(base !== undefined && { base }) }
  }

  /** Notes that all appends of a partition are durable; `request`: the last of them. */
  kept(partition: number, request: number): void {
    const carried = this.#of(partition)
    for (const keyed of carried.keys.slice(carried.durable)) {
      const taken = this.#taken.get(keyOf(keyed))
      if (taken !== undefined) taken.durable = undefined
    }
    carried.durable = carried.keys.length
    carried.request = request
    this.#writeIfDue()
  }

  /** Writes no more steps. Resolves when none is being written. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#writing
  }

  #of(partition: number): Carried {
    return this.#carried[partition] as Carried
  }

  #has(keyed: KeyedRequest): boolean {
    return this.#taken.get(keyOf(keyed))?.body === bodyOf(keyed)
  }

  #remember(keyed: KeyedRequest, at: number, durable: Promise<void> | undefined): void {
    const key = keyOf(keyed)
    this.#taken.delete(key)
    this.#taken.set(key, { body: bodyOf(keyed), at, durable })
  }

  /** Forgets the oldest keys beyond the limits. */
  #forget(): void {
    const now = this.#options.clock.now()
    for (;;) {
      const [key, { at }] = this.#first() ?? [undefined, { at: now }]
      const age = now - at
      const isTooMany = this.#taken.size > this.#limits.count
      if (key === undefined || !(isTooMany || age > this.#limits.time)) return
      this.#taken.delete(key)
      this.#oldest = undefined
      if (isTooMany && age < Math.min(SOON_MS, this.#limits.time)) this.#warnOfMany(age)
    }
  }

  /** The oldest key. A new iterator for each would pass over all that were forgotten. */
  #first(): [string, Taken] | undefined {
    if (this.#oldest !== undefined || this.#taken.size === 0) return this.#oldest
    let next = this.#order.next()
    if (next.done === true) {
      this.#order = this.#taken.entries()
      next = this.#order.next()
    }
    this.#oldest = next.value
    return this.#oldest
  }

  #warnOfMany(age: number): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    const { count } = this.#limits
    this.#options.warn(
      `an Idempotency-Key is remembered for ${roundSpan(age)} only, as ${count} others came since; a request that is sent again later is taken twice. Raise \`keys: { count: ${count} }\` of the source`,
    )
  }

  #writeIfDue(): void {
    const isDue = this.#writer !== undefined && this.#carried.some(({ durable }) => durable >= STEP_KEYS)
    if (!isDue || this.#isClosed || this.#writing !== undefined) return
    this.#writing = this.#writeStep()
      .catch((error) => {
        this.#isClosed = true
        this.#options.fail(error)
      })
      .finally(() => {
        this.#writing = undefined
        this.#writeIfDue()
      })
  }

  async #writeStep(): Promise<void> {
    const { journal, clock } = this.#options
    const writer = this.#writer
    if (writer === undefined || journal === undefined) return
    const isWhole = writer.isLong
    const counts = this.#carried.map(({ durable }) => durable)
    const fresh = this.#carried.map(({ keys, durable }) => keys.slice(0, durable).join('')).join('')
    const step: KeyStep = {
      since: this.#since,
      step: this.#step + 1,
      taken: this.#carried.map(({ request }) => request),
      keys: isWhole ? this.#durableKeys() : [[clock.now(), fresh]],
    }
    await journal.fullDisk.whenRoom(() => (isWhole ? writer.begin(step) : writer.add(step)))
    this.#step = step.step
    for (const [partition, carried] of this.#carried.entries()) {
      const count = counts[partition] ?? 0
      carried.keys.splice(0, count)
      carried.durable -= count
      carried.base = step.step
    }
  }

  /** All keys whose lines are durable, with their times. */
  #durableKeys(): KeyStep['keys'] {
    const byTime = new Map<number, string[]>()
    for (const [key, { body, at, durable }] of this.#taken) {
      if (durable !== undefined) continue
      const time = Math.ceil(at / TIME_STEP_MS) * TIME_STEP_MS
      const some = byTime.get(time)
      if (some === undefined) byTime.set(time, [key + body])
      else some.push(key + body)
    }
    return [...byTime].map(([time, keys]) => [time, keys.join('')])
  }
}
