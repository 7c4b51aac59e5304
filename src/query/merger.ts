/** Merges what comes of units in the order of the units, whichever thread brings it and when. */
import type { Final } from '../engine/partial.ts'
import type { Outcome, Unit } from './unit.ts'

export type Merger = {
  /** Takes what came of a unit in a thread; it is merged when its turn has come. */
  take(unit: number, outcome: Outcome, thread: number): void
  /** Says that nothing more comes of the unit. */
  done(unit: number): void
  /** Units merged so far: all of them at the end. */
  merged(): number
  /** Whether the rows merged are all that are wanted: there may be more, but no one will see them. */
  enough(): boolean
}

export function openMerger(final: Final, units: readonly Unit[], merged: (outcome: Outcome) => void): Merger {
  const waiting = new Map<number, [outcome: Outcome, thread: number][]>()
  const done = new Set<number>()
  const rows = final.scans.map(() => 0)
  let turn = 0
  const hasEnough = ({ scan }: Unit) => (rows[scan] as number) >= (final.scans[scan]?.limit ?? 0)
  const merge = (outcome: Outcome, thread: number) => {
    const unit = units[turn] as Unit
    // What other threads found beyond the limit depends on chance: it is not even counted.
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
    merged: () => turn,
    enough: () => units.every((unit, index) => index < turn || hasEnough(unit)),
  }
}
