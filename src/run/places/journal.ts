/**
 * The journal of a source with many inputs, `DATA/places/TOPIC/SOURCE`: how far it had read each, so that an append needs to
 * carry only what has changed since. One step is one line, of JSON with a checksum before it:
 *
 *   CRC32C {"since":1782000000000,"step":3,"taken":[120,118],"line":240,"next":7,"parts":{"6":{…},"2":null},"ahead":{}}
 *
 *   since, step   which journal it is, and the number of the step; the first line of the file has every input
 *   taken         for each partition, the `line` of the source's last append to it: 0 where there was none
 *   parts         the inputs that have changed since the step before; null: one that has ended
 *   ahead         of partitions that have more lines of an input than `parts` says, as after a crash; null: all of them
 *
 * Invariant: a step is written only when every append of the source is durable, and no append follows before the step is. So
 * in each partition the last append either is the one of `taken`, or names the last step that is whole.
 */
import type { Disk } from '../../base/disk/disk.ts'
import { readSteps } from '../../data/step-journal.ts'

/** The place of an input. What else it has is the source's own business. */
export type PartPlace = { readonly line: number }
export type InputParts = { readonly [input: string]: PartPlace | null }

export type JournalStep = {
  readonly since: number
  readonly step: number
  readonly taken: readonly number[]
  readonly line: number
  readonly next: number
  readonly parts: InputParts
  readonly ahead: { readonly [partition: string]: InputParts }
}

/** The parts after a change. */
export function changedParts(before: InputParts, change: InputParts): InputParts {
  const parts: { [input: string]: PartPlace | null } = { ...before }
  putParts(parts, change)
  return parts
}

/** All steps of a journal as one: the last, with every input; undefined where there is no journal. Throws a Failure 'corrupt' for damage. */
export function readJournal(disk: Disk, path: string): JournalStep | undefined {
  const steps = readSteps<JournalStep>(disk, path)
  const last = steps?.at(-1)
  if (steps === undefined || last === undefined) return undefined
  const parts: { [input: string]: PartPlace | null } = {}
  for (const step of steps) putParts(parts, step.parts)
  return { ...last, parts }
}

function putParts(parts: { [input: string]: PartPlace | null }, change: InputParts): void {
  for (const [input, part] of Object.entries(change)) {
    if (part === null) delete parts[input]
    else parts[input] = part
  }
}
