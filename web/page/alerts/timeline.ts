/** What has happened in an alert as bars over time: each firing from the beginning of its trouble to its end. */
import type { Happened } from '../../../src/server/api/alerts.ts'
import { keyText } from './words.tsx'

/** One firing; times in ms since 1970. */
export type Firing = {
  readonly id: string
  readonly key: string
  readonly message: string
  readonly since: number
  /** When it fired; undefined where that is older than what was read. */
  readonly fired: number | undefined
  /** undefined: it fires still. */
  readonly ended: number | undefined
}

/** The firings of a history, the newest first. */
export function firingsOf(history: readonly Happened[]): readonly Firing[] {
  const all = new Map<string, Firing>()
  for (const { id, state, key, message, since, at } of history) {
    const known = all.get(id) ?? {
      id,
      // In full: keys that begin alike are not one.
      key: keyText(key, Number.POSITIVE_INFINITY),
      message,
      since: Date.parse(since),
      fired: undefined,
      ended: undefined,
    }
    const time = Date.parse(at)
    if (state === 'resolved') all.set(id, { ...known, ended: time })
    else all.set(id, state === 'firing' ? { ...known, fired: time, message } : known)
  }
  return [...all.values()]
}

/** A bar within a width of 1: `from` where trouble began, `fired` where it fired, `to` where it ended. */
type FiringBar = { readonly firing: Firing; readonly from: number; readonly fired: number; readonly to: number }

/** One line for each key, those that fired last first; at most `most`. */
export function barsBetween(
  firings: readonly Firing[],
  { start, end, most }: { readonly start: number; readonly end: number; readonly most: number },
): readonly (readonly [key: string, bars: readonly FiringBar[]])[] {
  const place = (time: number) => Math.min(1, Math.max(0, (time - start) / (end - start)))
  const lines = new Map<string, FiringBar[]>()
  for (const firing of firings) {
    const { since, fired = since, ended = end } = firing
    if (ended < start || since > end) continue
    const bar = { firing, from: place(since), fired: place(fired), to: place(ended) }
    const line = lines.get(firing.key)
    if (line !== undefined) line.push(bar)
    else if (lines.size < most) lines.set(firing.key, [bar])
  }
  return [...lines]
}
