/** Files that were met and are not read: how long they are unchanged, and how they were judged. */
import type { Duration } from '../../base/quantity.ts'
import { judge, type Meeting, type Verdict } from './copies.ts'
import type { FoundFile } from './find.ts'
import type { Copy, Generation } from './follow.ts'

type Sighting = {
  readonly seen: string
  readonly since: number
  readonly isSettled: boolean
  readonly verdict: Verdict
}

/** Judges the files that are met at each look. A verdict is kept while it can hold. */
export class Sightings {
  #all = new Map<string, Sighting>()
  readonly #settleMs: Duration
  readonly #untilEnd: boolean

  constructor(settleMs: Duration, untilEnd: boolean) {
    this.#settleMs = settleMs
    this.#untilEnd = untilEnd
  }

  /** Judges a file at the time `now`, by `Clock.elapsed`. */
  async verdictOn(here: FoundFile, generations: readonly Generation[], now: number): Promise<Verdict & Meeting> {
    const last = this.#all.get(here.id)
    const since = last?.seen === here.seen ? last.since : now
    const meeting = { isSettled: now - since >= this.#settleMs, untilEnd: this.#untilEnd }
    // To unpack a packed file at every look would cost much.
    const isAsBefore = last?.seen === here.seen && last.isSettled === meeting.isSettled && isCopy(last, generations)
    const verdict = isAsBefore ? last.verdict : await judge(here, generations, meeting)
    this.#all.set(here.id, { seen: here.seen, since, isSettled: meeting.isSettled, verdict })
    return { ...verdict, ...meeting }
  }

  /** The file in which a generation goes on whose own file is gone, or has no name that the pattern matches. */
  heirOf(generation: Generation): Copy | undefined {
    for (const { verdict } of this.#all.values()) {
      if (verdict.kind === 'waits' && verdict.of === generation && verdict.copy !== undefined) return verdict.copy
    }
    return undefined
  }

  /** Forgets files that are not there any more. */
  keep(found: ReadonlyMap<string, FoundFile>): void {
    for (const id of this.#all.keys()) if (!found.has(id)) this.#all.delete(id)
  }
}

/** Whether it was taken for a copy of a generation whose own file still has a name. */
function isCopy({ verdict }: Sighting, generations: readonly Generation[]): boolean {
  if (verdict.kind !== 'waits' || verdict.copy === undefined || verdict.of === undefined) return false
  return generations.includes(verdict.of) && verdict.of.state.kind === 'named'
}
