/**
 * What a notifier has told, in the data folder: `sinks/alert:NAME:KIND/told.json`, a checked file (`data/checked-json.ts`).
 *
 *   { done: { "0": 17 },                 by partition: what happened before this offset was told, or is told to nobody
 *     underWay: { partition, from, to, silent: [ID…] } | null
 *                                        what is being told: after a crash, it is told again as it was, with the same ids
 *     firing: { ID: { at, why } } }      of each firing that is not resolved: when it was told, or why it was not, ms
 *
 * It is durable before anything is said and again afterwards. So a receiver that goes by ids hears of everything once: what was
 * under way is said again with its ids, and what was said before is not said again.
 */
import { type Disk, folderOf, isThere } from '../base/disk/disk.ts'
import { Failure } from '../base/failure.ts'
import type { Offset } from '../base/quantity.ts'
import type { Offsets } from '../bus/bus.ts'
import { readChecked, writeChecked } from '../data/checked-json.ts'
import type { AlertState } from '../sql/plan/plan.ts'
import type { NotifiedKey } from './notifier.ts'

/** Why nobody was told: it was too old, or silenced. */
export type Untold = 'old' | 'silenced'

/** Of a firing: when it was told, or why it was not; a silenced one is told when the silence ends. */
export type Heard = { readonly at: number; readonly why?: Untold; readonly key?: NotifiedKey }

/** How people have heard of a firing, or of its end. */
export type HeardOf = {
  readonly id: string
  readonly state: AlertState
  /** ms since 1970. */
  readonly at: number
  readonly why: 'told' | Untold
}

export type UnderWay = {
  readonly partition: number
  /** Offsets [from, to). */
  readonly from: Offset
  readonly to: Offset
  /** Ids of the rows that are kept from people. */
  readonly silent: readonly string[]
}

type Told = {
  readonly done: Offsets
  readonly underWay: UnderWay | null
  readonly firing: { readonly [id: string]: Heard }
}

const NOTHING: Told = { done: {}, underWay: null, firing: {} }

const fileIn = (scratch: string): string => `${scratch}/told.json`

/** Where a notifier goes on: nothing before these offsets is told again. Throws a Failure 'corrupt' where the file is damaged. */
export const toldUpTo = (disk: Disk, scratch: string): Offsets => readTold(disk, scratch).done

/** Of the firings that are not resolved, how people have heard from a notifier. Throws as `toldUpTo` does. */
export const toldIn = (disk: Disk, scratch: string): readonly HeardOf[] =>
  Object.entries(readTold(disk, scratch).firing).map(([id, { at, why }]) => {
    return { id, state: 'firing', at, why: why ?? 'told' }
  })

function readTold(disk: Disk, scratch: string): Told {
  // Not even its folder may be there.
  if (!isThere(disk, fileIn(scratch))) return NOTHING
  const content = readChecked(disk, fileIn(scratch))
  const { done, underWay, firing } = content as Partial<Told>
  if (typeof done === 'object' && typeof firing === 'object') return { done, underWay: underWay ?? null, firing }
  throw new Failure('corrupt', `${fileIn(scratch)} is not what a notifier has told`, {
    hint: 'Move it away: what was told since the last checkpoint is then told again.',
  })
}

/** The journal of one notifier. */
export class Journal {
  readonly #disk: Disk
  readonly #scratch: string
  readonly #done: { [partition: number]: Offset }
  readonly #firing: Map<string, Heard>
  #underWay: UnderWay | null

  constructor(disk: Disk, scratch: string) {
    const { done, underWay, firing } = readTold(disk, scratch)
    this.#disk = disk
    this.#scratch = scratch
    this.#done = { ...done }
    this.#underWay = underWay
    this.#firing = new Map(Object.entries(firing))
  }

  /** What was being told in a partition when the process ended. */
  underWay(partition: number): UnderWay | undefined {
    return this.#underWay?.partition === partition ? this.#underWay : undefined
  }

  doneTo(partition: number): Offset {
    return this.#done[partition] ?? 0
  }

  /** Of the firings that are not resolved. */
  get firing(): ReadonlyMap<string, Heard> {
    return this.#firing
  }

  /** Notes how a firing was heard of; undefined: it is resolved. The next `begin` or `end` makes it durable. */
  hear(id: string, heard: Heard | undefined): void {
    if (heard === undefined) this.#firing.delete(id)
    else this.#firing.set(id, heard)
  }

  async begin(underWay: UnderWay): Promise<void> {
    this.#underWay = underWay
    await this.#write()
  }

  async end({ partition, to }: UnderWay): Promise<void> {
    this.#underWay = null
    this.#done[partition] = to
    await this.#write()
  }

  /** Makes what was heard durable, where nothing is under way. */
  async keep(): Promise<void> {
    await this.#write()
  }

  async #write(): Promise<void> {
    await this.#disk.mkdir(folderOf(fileIn(this.#scratch)))
    const told: Told = { done: this.#done, underWay: this.#underWay, firing: Object.fromEntries(this.#firing) }
    await writeChecked(this.#disk, fileIn(this.#scratch), told)
  }
}
