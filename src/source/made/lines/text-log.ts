/**
 * A log of lines of text, with what the dials say: lines that are cut or no lines of the format, lines once more, and lines whose
 * time is moved back.
 *
 * To say a line once more it has to be known after a restart, too. So the place has, besides that of the next line, one that is far
 * enough before it, from which the lines are made again.
 */
import type { Records } from '../../../record/column.ts'
import type { SourcePlace } from '../../source.ts'
import { FATE, type Fates } from '../dials/fates.ts'
import { flawOf, movedBack, type PlanParts } from '../dials/plan.ts'
import { type LineSizes, linesFrom, type MadeFates, type MadeLines, type MadeLog, spliced } from '../made-log.ts'

export type TextLogParts = Omit<PlanParts, 'clock'> & {
  readonly sizes: LineSizes
  /** The most lines that are made at once. */
  readonly capacity: number
  /** Whether lines are said once more. */
  readonly repeats: boolean
  /** The lines from a place on; undefined: from the beginning. */
  open(place: SourcePlace | undefined): MadeLines
  /** A line with its time moved back by whole seconds. */
  moved(line: Uint8Array, seconds: number): Uint8Array
  /** Line `n` with what is wrong with it, a code of `FLAW_CODES`. */
  flawed(line: Uint8Array, code: number, n: number): Uint8Array
}

/** Lines that were made, with the place before the first. */
type Made = { readonly first: number; readonly place: SourcePlace; readonly lines: Records }

const SECOND = 1_000_000

/** The log from a place on. */
export function textLog(parts: TextLogParts, place: SourcePlace | undefined): MadeLog {
  const { fates, repeats, sizes, capacity } = parts
  const earlier = repeats ? earlierOf(place) : undefined
  const lines = parts.open(earlier ?? place)
  const memory: Made[] = []
  const last: MadeFates = {
    numbers: new Float64Array(capacity),
    fates: new Uint8Array(capacity),
    flaws: new Uint8Array(capacity),
  }
  const next = (count: number): Records => {
    const made = { first: lines.line, place: lines.place, lines: linesFrom(lines, count, sizes) }
    if (repeats) remember(memory, made, fates)
    return made.lines
  }
  for (const goal = typeof place?.line === 'number' ? place.line : 0; lines.line < goal; ) {
    next(Math.min(capacity, goal - lines.line))
  }
  return {
    get place() {
      return repeats && memory[0] !== undefined ? { ...lines.place, earlier: memory[0].place } : lines.place
    },
    get line() {
      return lines.line
    },
    last,
    make(count) {
      const first = lines.line
      const made = next(Math.min(count, capacity))
      look(parts, { first, count: made.count }, last)
      // What is remembered stays as it is.
      const own = { ...made, start: made.start.slice(), end: made.end.slice() }
      return spliced(own, last.fates, (row, bytes) => {
        const n = last.numbers[row] as number
        const fate = last.fates[row] as number
        if (fate === FATE.bad) return parts.flawed(bytes, last.flaws[row] as number, n)
        const sound = n === first + row ? bytes : lineIn(memory, n)
        const back = movedBack(n, fate === FATE.duplicate ? fates.of(n) : fate, parts)
        return back === 0 ? sound : parts.moved(sound, Math.max(1, Math.floor(back / SECOND)))
      })
    },
  }
}

const earlierOf = (place: SourcePlace | undefined): SourcePlace | undefined =>
  typeof place?.earlier === 'object' && place.earlier !== null ? (place.earlier as SourcePlace) : undefined

/** What becomes of lines `first` and those that follow it. */
function look(
  parts: TextLogParts,
  { first, count }: { readonly first: number; readonly count: number },
  into: MadeFates,
) {
  for (let row = 0; row < count; row++) {
    const n = first + row
    const fate = parts.fates.of(n)
    into.fates[row] = fate
    into.numbers[row] = fate === FATE.duplicate ? parts.fates.repeatedBy(n) : n
    into.flaws[row] = fate === FATE.bad ? flawOf(n, parts) : 0
  }
}

/** Adds lines, and forgets those that are too far back to be said again. */
function remember(memory: Made[], made: Made, { reach }: Fates): void {
  memory.push(made)
  const needed = made.first - reach
  const kept = memory.findLastIndex(({ first }) => first <= needed)
  if (kept > 0) memory.splice(0, kept)
}

/** A line that is remembered. */
function lineIn(memory: readonly Made[], n: number): Uint8Array {
  const { first, lines } = memory.findLast((made) => made.first <= n) as Made
  return lines.bytes.subarray(lines.start[n - first], lines.end[n - first])
}
