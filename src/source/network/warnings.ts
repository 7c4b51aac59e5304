/**
 * Warnings that a peer could cause as often as it likes: of each kind one is shown at once, then one in `EVERY_MS` at most, with
 * the number of those that were not shown.
 */
import { type Clock, every } from '../../base/clock.ts'
import type { Duration } from '../../base/quantity.ts'

const EVERY_MS = 10_000

type Kind = { shownAt: Duration; left: number; last: string }

/** The warnings of a source about its peers. */
export class PacedWarnings {
  readonly #clock: Clock
  readonly #warn: (message: string) => void
  readonly #kinds = new Map<string, Kind>()

  constructor({ clock, warn }: { readonly clock: Clock; warn(message: string): void }) {
    this.#clock = clock
    this.#warn = warn
  }

  /** Shows a warning of a kind, or counts it. There are few kinds, and their names are in the code. */
  say(kind: string, message: string): void {
    const now = this.#clock.elapsed()
    const known = this.#kinds.get(kind)
    if (known !== undefined && now - known.shownAt < EVERY_MS) {
      known.left++
      known.last = message
      return
    }
    this.#kinds.set(kind, { shownAt: now, left: 0, last: message })
    this.#warn(message)
  }

  /** Shows what was counted, again and again until it is disposed of, and then once more. */
  begin(): AsyncDisposable {
    const looks = every(this.#clock, EVERY_MS, () => this.#showCounted())
    return {
      [Symbol.asyncDispose]: async () => {
        await looks[Symbol.asyncDispose]()
        this.#showCounted()
      },
    }
  }

  #showCounted(): void {
    for (const kind of this.#kinds.values()) {
      if (kind.left === 0) continue
      const others = kind.left === 1 ? '' : ` (and ${kind.left - 1} more like it)`
      this.#warn(kind.last + others)
      kind.left = 0
      kind.shownAt = this.#clock.elapsed()
    }
  }
}
