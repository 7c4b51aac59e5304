/** Files that were met and are not read yet: how long they are unchanged, and what they were taken for. */
import { type Meeting, type Origin, originOf } from './copies.ts'
import type { FoundFile } from './find.ts'
import type { Copy, Followed } from './follow.ts'

type Sighting = { readonly seen: string; readonly since: number; readonly isSettled: boolean; readonly origin: Origin }

export class Sightings {
  #all = new Map<string, Sighting>()
  readonly #settleMs: number
  readonly #untilEnd: boolean

  constructor(settleMs: number, untilEnd: boolean) {
    this.#settleMs = settleMs
    this.#untilEnd = untilEnd
  }

  /** What a file is that is met at the time `now`. */
  async originOf(here: FoundFile, followed: readonly Followed[], now: number): Promise<Origin & Meeting> {
    const last = this.#all.get(here.id)
    const since = last?.seen === here.seen ? last.since : now
    const meeting = { isSettled: now - since >= this.#settleMs, untilEnd: this.#untilEnd }
    // To look into a packed file again and again would cost much.
    const isAsBefore = last?.seen === here.seen && last.isSettled === meeting.isSettled && isCopyOf(last, followed)
    const origin = isAsBefore ? last.origin : await originOf(here, followed, meeting)
    this.#all.set(here.id, { seen: here.seen, since, isSettled: meeting.isSettled, origin })
    return { ...origin, ...meeting }
  }

  /** The file that goes on for a text whose own file is gone, or has no name that is asked for. */
  heirOf(text: Followed): Copy | undefined {
    for (const { origin } of this.#all.values()) {
      if (origin.kind === 'waits' && origin.of === text && origin.copy !== undefined) return origin.copy
    }
    return undefined
  }

  /** Forgets files that are not there any more. */
  keep(found: ReadonlyMap<string, FoundFile>): void {
    for (const id of this.#all.keys()) if (!found.has(id)) this.#all.delete(id)
  }
}

/** Whether it was a copy of a text that has its own file still. */
function isCopyOf({ origin }: Sighting, followed: readonly Followed[]): boolean {
  if (origin.kind !== 'waits' || origin.copy === undefined || origin.of === undefined) return false
  return followed.includes(origin.of) && !origin.of.detached
}
