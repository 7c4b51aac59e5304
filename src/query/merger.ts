/** Merges the outcomes of units in the order of the units, whichever thread runs them and when. */
import type { Final } from '../engine/partial.ts'
import type { Outcome, Rest, Unit } from './units.ts'

export type Merger = {
  /** Takes an outcome of a unit from a thread; it is merged when it is the turn of its unit. */
  take(unit: number, outcome: Outcome, thread: number): void
  /** Says that the unit has no more outcomes. */
  done(unit: number): void
  /** Takes what a thread has kept of all its units: once all units are merged. */
  rest(rests: readonly Rest[], thread: number): void
  /** The number of units merged so far. */
  merged(): number
  /** Whether the rows merged are enough for the result: the other units need not be run. */
  enough(): boolean
}

/** Opens a merger of all units; `merged` is called with each outcome merged. */
export function openMerger(final: Final, units: readonly Unit[], merged: (outcome: Outcome) => void): Merger {
  const waiting = new Map<number, [outcome: Outcome, thread: number][]>()
  const done = new Set<number>()
  const rows = final.scans.map(() => 0)
  let turn = 0
  const hasEnough = ({ scan }: Unit) => (rows[scan] as number) >= (final.scans[scan]?.limit ?? 0)
  const merge = (outcome: Outcome, thread: number) => {
    const unit = units[turn] as Unit
    // How much other threads read beyond the limit depends on chance: it is not even counted.
    if (hasEnough(unit)) return
    final.merge(unit.scan, outcome.partial, thread)
    if (outcome.partial.kind === 'rows') rows[unit.scan] = (rows[unit.scan] as number) + outcome.partial.rows.count
    merged(outcome)
  }
  return {
    take(unit, outcome, thread) {
      if (unit === turn) merge(outcome, thread)
      else waiting.set(unit, [...(waiting.get(unit) ?? []), [outcome, thread]])
    },
    done(unit) {
      done.add(unit)
      while (done.delete(turn)) {
        turn++
        for (const [outcome, thread] of waiting.get(turn) ?? []) merge(outcome, thread)
        waiting.delete(turn)
      }
    },
    rest(rests, thread) {
      for (const { scan, partial } of rests) final.merge(scan, partial, thread)
    },
    merged: () => turn,
    enough: () => units.every((unit, index) => index < turn || hasEnough(unit)),
  }
}
