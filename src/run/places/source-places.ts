/**
 * How far a source of several inputs has come, for each partition of its topic (rules of delivery, 2).
 *
 * A place of few inputs goes with every append as a whole. A place of many would be far longer than the lines, so an append
 * carries what has changed since the last step of the journal, and the number of that step:
 *
 *   {"line":240,"next":7,"parts":{…}}                                            every input
 *   {"line":240,"next":7,"changed":{"6":{…},"2":null},"base":{"since":…,"step":3}}   those that have changed since step 3
 *
 * All partitions have the same place, except for inputs of which a crash has left one ahead (`ahead`): these lines come again, and
 * the partition skips them.
 */
import type { Clock } from '../../base/clock.ts'
import type { Disk } from '../../base/disk/disk.ts'
import type { FullDisk } from '../../base/disk/full-disk.ts'
import type { Failure } from '../../base/failure.ts'
import { type Gate, openGate } from '../../base/gate.ts'
import { type Growth, StepWriter, unfitJournal } from '../../data/step-journal.ts'
import type { InputChanges, InputPlaces, SourcePlace } from '../../source/source.ts'
import { changedParts, type InputParts, type JournalStep, type PartPlace, readJournal } from './journal.ts'

/** Where it has grown more, the journal is begun anew. */
const GROWTH: Growth = { bytes: 1 << 20, times: 4 }

/** The folder of the journals of the sources that fill a topic. */
export const journalFolder = (dataFolder: string, topic: string): string => `${dataFolder}/places/${topic}`

/** The folder of the journals of idempotency keys, by source of a topic. */
export const keyJournalFolder = (dataFolder: string, topic: string): string => `${dataFolder}/keys/${topic}`

/** Where journals are read. */
type KeptJournal = { readonly disk: Disk; readonly folder: string }

/** Where journals are written, too. */
export type JournalPlace = KeptJournal & {
  readonly clock: Clock
  readonly fullDisk: Pick<FullDisk, 'whenRoom'>
}

type Base = { readonly since: number; readonly step: number }
type Kept = {
  readonly line: number
  readonly next: number
  readonly parts?: InputParts
  readonly changed?: InputParts
  readonly base?: Base
}
/** Inputs of which a partition has more lines; null: all. */
type Ahead = Map<string, PartPlace | null>

/** Whether a place is of a source with several inputs. */
export const hasInputs = (place: SourcePlace | undefined): boolean =>
  typeof place === 'object' && ('parts' in place || 'changed' in place)

/** The place of one source in every partition of its topic. */
export class SourcePlaces {
  /** The appends of the source that are not durable yet. */
  readonly gate: Gate = openGate(Number.POSITIVE_INFINITY)
  readonly #keeper: JournalPlace | undefined
  readonly #writer: StepWriter<JournalStep> | undefined
  /** The places as the last run, or the last source of this name, left them. */
  #found: readonly (InputPlaces | undefined)[]
  /** Of each partition, the `line` of the last append. */
  readonly #taken: number[]
  #parts = new Map<string, PartPlace>()
  #next = 0
  #line = 0
  #ahead: readonly Ahead[]
  /** The step to which appends refer; undefined: they carry every input. */
  #base: Base | undefined
  /** The last step of the journal. */
  #last: Base | undefined
  /** Inputs that have changed since the base, with their bytes in a place. */
  readonly #changed = new Map<string, number>()
  #changedBytes = 0

  /** `kept`: what the last append of each partition carries. Throws a Failure 'corrupt' where the journal does not fit. */
  constructor(
    source: string,
    kept: readonly (SourcePlace | undefined)[],
    keeper: JournalPlace | KeptJournal | undefined,
  ) {
    this.#keeper = keeper && 'clock' in keeper ? keeper : undefined
    const path = keeper && `${keeper.folder}/${source}`
    this.#writer = keeper && path ? new StepWriter<JournalStep>(keeper.disk, path, GROWTH) : undefined
    const places = kept as readonly (Kept | undefined)[]
    const isNeeded = places.some((place) => place?.base !== undefined)
    const folded = isNeeded && keeper && path !== undefined ? readJournal(keeper.disk, path) : undefined
    this.#found = places.map((place, partition) => wholePlace(place, partition, { folded, source }))
    this.#taken = places.map((place) => place?.line ?? 0)
    this.#ahead = places.map(() => new Map())
    this.#last = folded
  }

  /** The whole place of each partition, for a source that goes on. */
  places(): readonly (SourcePlace | undefined)[] {
    return this.#found
  }

  /** Takes the whole place at which a source goes on, before its first line. */
  begin({ parts, next }: InputPlaces, line: number): void {
    this.#parts = new Map(Object.entries(parts))
    this.#next = next
    this.#line = line
    this.#base = undefined
    this.#changed.clear()
    this.#changedBytes = 0
    for (const [input, part] of this.#parts) this.#note(input, part)
    this.#ahead = this.#found.map((found) => aheadOf(found, this.#parts))
  }

  /** Takes what has changed with the lines that are delivered now. */
  take({ parts, next }: InputChanges, line: number): void {
    this.#next = next
    this.#line = line
    for (const [input, part] of Object.entries(parts)) {
      if (part === null) this.#parts.delete(input)
      else this.#parts.set(input, part)
      this.#note(input, part)
    }
  }

  /** The lines of an input that a partition has already. */
  had(partition: number, input: string): number {
    const ahead = this.#ahead[partition]?.get(input)
    return ahead === null ? Number.POSITIVE_INFINITY : (ahead?.line ?? 0)
  }

  /** What the next append of a partition carries. */
  mark(partition: number): SourcePlace {
    this.#taken[partition] = this.#line
    const common = { line: this.#line, next: this.#next }
    const changed = this.#seenFrom(partition, this.#changed.keys(), this.#base !== undefined)
    return this.#base === undefined ? { ...common, parts: changed } : { ...common, changed, base: this.#base }
  }

  /** Notes that the source has stopped, and all its appends are durable: another one of its name goes on from here. */
  pause(): void {
    if (this.#line === 0) return
    const common = { line: this.#line, next: this.#next }
    this.#found = this.#taken.map((_, partition) => {
      return { ...common, parts: this.#seenFrom(partition, this.#parts.keys(), false) as InputPlaces['parts'] }
    })
  }

  /** Whether a step of the journal is due before the next append, as that would carry more than `limit` bytes. */
  isDue(limit: number): boolean {
    return this.#keeper !== undefined && this.#changedBytes > limit && this.#changed.size > 1
  }

  /** Writes a step of the journal. Every append of the source must be durable, and none may begin before this resolves. */
  async keep(): Promise<void> {
    const keeper = this.#keeper
    const writer = this.#writer
    if (keeper === undefined || writer === undefined) return
    this.#dropAhead()
    const since = this.#last?.since ?? keeper.clock.now()
    const isWhole = this.#base === undefined || writer.isLong
    const inputs = isWhole ? this.#parts.keys() : this.#changed.keys()
    const step: JournalStep = {
      since,
      step: (this.#last?.step ?? 0) + 1,
      taken: this.#taken,
      line: this.#line,
      next: this.#next,
      parts: Object.fromEntries([...inputs].map((input) => [input, this.#parts.get(input) ?? null])),
      ahead: Object.fromEntries(
        [...this.#ahead.entries()].map(([partition, ahead]) => [partition, Object.fromEntries(ahead)]),
      ),
    }
    await keeper.fullDisk.whenRoom(() => (isWhole ? writer.begin(step) : writer.add(step)))
    this.#base = { since, step: step.step }
    this.#last = this.#base
    this.#changed.clear()
    this.#changedBytes = 0
  }

  #note(input: string, part: PartPlace | null): void {
    const bytes = input.length + 4 + (part === null ? 4 : JSON.stringify(part).length)
    this.#changedBytes -= this.#changed.get(input) ?? 0
    this.#changed.delete(input)
    if (part === null) for (const ahead of this.#ahead) ahead.delete(input)
    if (part === null && this.#base === undefined) return
    this.#changed.set(input, bytes)
    this.#changedBytes += bytes
  }

  /** Inputs as a partition has them; those that have ended, or of which it has all lines, are null or left out. */
  #seenFrom(partition: number, inputs: Iterable<string>, withNull: boolean): InputParts {
    const seen: { [input: string]: PartPlace | null } = {}
    const ahead = this.#ahead[partition]
    for (const input of inputs) {
      const now = this.#parts.get(input) ?? null
      const then = ahead?.get(input)
      const part = then === undefined || now === null || (then !== null && then.line <= now.line) ? now : then
      if (part !== null || withNull) seen[input] = part
    }
    return seen
  }

  /** Forgets where partitions were ahead and are not any more. */
  #dropAhead(): void {
    for (const ahead of this.#ahead) {
      for (const [input, part] of ahead) {
        const now = this.#parts.get(input)
        if (now === undefined || (part !== null && part.line <= now.line)) ahead.delete(input)
      }
    }
  }
}

/** The inputs of which a partition has more lines than a source that goes on at `parts`. */
function aheadOf(found: InputPlaces | undefined, parts: ReadonlyMap<string, PartPlace>): Ahead {
  const ahead: Ahead = new Map()
  if (found === undefined) return ahead
  for (const [input, { line }] of parts) {
    const had = found.parts[input]
    if (had === undefined && Number(input) < found.next) ahead.set(input, null)
    else if (had !== undefined && had.line > line) ahead.set(input, had)
  }
  return ahead
}

type WithJournal = { readonly folded: JournalStep | undefined; readonly source: string }

/** The place of a partition with every input. */
function wholePlace(
  kept: Kept | undefined,
  partition: number,
  { folded, source }: WithJournal,
): InputPlaces | undefined {
  if (folded === undefined) {
    if (kept?.base !== undefined) throw unfit(source, 'is gone')
    return kept as InputPlaces | undefined
  }
  const { line, next } = folded
  const whole = () => changedParts(folded.parts, folded.ahead[partition] ?? {})
  const { since, step } = kept?.base ?? folded
  const isAsTaken = (kept?.line ?? 0) === folded.taken[partition] && since === folded.since
  if (isAsTaken && kept?.base?.step !== folded.step)
    return { line, next, parts: whole() } as InputPlaces & { line: number }
  if (kept?.base === undefined) return kept as InputPlaces | undefined
  if (since !== folded.since || step !== folded.step) throw unfit(source, 'does not fit its topic')
  const parts = changedParts(whole(), kept.changed ?? {})
  return { line: kept.line, next: kept.next, parts } as InputPlaces & { line: number }
}

const unfit = (source: string, what: string): Failure =>
  unfitJournal(`source ${source}: the journal of its files, in the folder places of the data folder,`, what)
