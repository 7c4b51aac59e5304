/**
 * What a notifier has told, in the data folder: `sinks/alert:NAME:KIND/told.json`, a checked file (`data/checked-json.ts`).
 *
 *   { done: { "0": 17 },                 by partition: what happened before this offset was told, or is told to nobody
 *     underWay: { partition, from, to, silent: [ID…] } | null
 *                                        what is being told: after a crash, it is told again as it was, with the same ids
 *     firing: { ID: { at, why } },       of each firing that is not resolved: when it was told, or why it was not, ms
 *     lately: [{ id, at, why }],         the same of those that were resolved last
 *     joined: MS | null }                when it came to an alert that had said something already, which it does not say again
 *
 * It is durable before anything is said and again afterwards. So a receiver that goes by ids hears of everything once: what was
 * under way is said again with its ids, and what was said before is not said again.
 */
import { type Disk, folderOf, isThere } from '../base/disk/disk.ts'
import { Failure } from '../base/failure.ts'
import type { Offset } from '../base/quantity.ts'
import type { Offsets } from '../bus/bus.ts'
import { readChecked, writeChecked } from '../data/checked-json.ts'
import type { AlertState } from '../sql/plan/alert-words.ts'
import type { NotifiedKey } from './notifier.ts'

/** Why nobody was told: it was too old, or silenced. */
export type Untold = 'old' | 'silenced'

/** Resolved firings that are remembered for people. */
const LATELY = 50

/** Of a firing: when it was told, or why it was not; `key`: what people hear later, if it still fires. */
export type Heard = { readonly at: number; readonly why?: Untold; readonly key?: NotifiedKey }

/** How people have heard of a firing, or of its end; `new`: it began before the notifier came. */
export type HeardOf = {
  readonly id: string
  readonly state: AlertState
  /** ms since 1970. */
  readonly at: number
  readonly why: 'told' | Untold | 'new'
}

/** What one notifier has told. */
export type Account = {
  /** Of what happened before, others have told. ms since 1970; undefined: it was there from the beginning. */
  readonly joined: number | undefined
  /** Firings that are not resolved, and those that were resolved last. */
  readonly heard: readonly HeardOf[]
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
  readonly lately: readonly HeardOf[]
  readonly joined: number | null
}

const NOTHING: Told = { done: {}, underWay: null, firing: {}, lately: [], joined: null }

const fileIn = (scratch: string): string => `${scratch}/told.json`

/** Where a notifier goes on: nothing before these offsets is told again. Throws a Failure 'corrupt' where the file is damaged. */
export const toldUpTo = (disk: Disk, scratch: string): Offsets => readTold(disk, scratch).done

/** How people have heard from a notifier. Throws as `toldUpTo` does. */
export const toldIn = (disk: Disk, scratch: string): Account => accountOf(readTold(disk, scratch))

function accountOf({ firing, lately, joined }: Pick<Told, 'firing' | 'lately' | 'joined'>): Account {
  const standing = Object.entries(firing).map(([id, { at, why }]): HeardOf => {
    return { id, state: 'firing', at, why: why ?? 'told' }
  })
  return { joined: joined ?? undefined, heard: [...standing, ...lately] }
}

/**
 * Begins the journal of a notifier that never was there before, at the ends of its topic: nobody wants to hear once more of a
 * month of alerts. It is durable before the notifier is open, so a crash right after that forgets nothing.
 */
export async function joinTopic(disk: Disk, scratch: string, ends: Offsets, now: number): Promise<void> {
  if (isThere(disk, fileIn(scratch))) return
  const isLater = Object.values(ends).some((end) => end > 0)
  await writeTold(disk, scratch, { ...NOTHING, done: ends, joined: isLater ? now : null })
}

async function writeTold(disk: Disk, scratch: string, told: Told): Promise<void> {
  await disk.mkdir(folderOf(fileIn(scratch)))
  await writeChecked(disk, fileIn(scratch), told)
}

function readTold(disk: Disk, scratch: string): Told {
  // Not even its folder may be there.
  if (!isThere(disk, fileIn(scratch))) return NOTHING
  const content = readChecked(disk, fileIn(scratch))
  const { done, underWay = null, firing, lately = [], joined = null } = content as Partial<Told>
  if (typeof done === 'object' && typeof firing === 'object') return { done, underWay, firing, lately, joined }
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
  readonly #joined: number | null
  #lately: readonly HeardOf[]
  #underWay: UnderWay | null

  constructor(disk: Disk, scratch: string) {
    const { done, underWay, firing, lately, joined } = readTold(disk, scratch)
    this.#disk = disk
    this.#scratch = scratch
    this.#done = { ...done }
    this.#underWay = underWay
    this.#firing = new Map(Object.entries(firing))
    this.#lately = lately
    this.#joined = joined
  }

  get account(): Account {
    return accountOf(this.#content)
  }

  /** Whether a firing that it does not know may have been told by others, before it came. */
  get hasJoined(): boolean {
    return this.#joined !== null
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

  /** Notes how a firing was heard of. The next `begin` or `end` makes it durable, as all that is noted. */
  hear(id: string, heard: Heard): void {
    this.#firing.set(id, heard)
  }

  /** Notes that a firing is resolved, and how that was heard of. */
  resolve(id: string, at: number, why: HeardOf['why']): void {
    this.#firing.delete(id)
    this.#lately = [...this.#lately, { id, state: 'resolved' as const, at, why }].slice(-LATELY)
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
    await writeTold(this.#disk, this.#scratch, this.#content)
  }

  get #content(): Told {
    const firing = Object.fromEntries(this.#firing)
    return { done: this.#done, underWay: this.#underWay, firing, lately: this.#lately, joined: this.#joined }
  }
}
