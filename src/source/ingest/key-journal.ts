/**
 * The journal of idempotency keys of one source, `DATA/keys/TOPIC/SOURCE`: the keys of requests whose lines are durable, so
 * that an append carries only the few since the last step. One step is one line (`data/step-journal.ts`):
 *
 *   CRC32C {"since":1782000000000,"step":1782000000003,"taken":[120,118],"keys":[[1782000000000,"…"]]}
 *
 *   since, step   the number of the first step, which is the time at which it was written, and of this one
 *   taken         for each partition, the `request` of the last append that the step knows to be durable: 0 for none
 *   keys          the time at which keys were taken, ms since 1970, and the keys, of 18 characters each, one behind the other
 *
 * Invariant: a step has only keys whose lines are durable, and an append names a step that is durable. So the keys of a
 * partition are those of all whole steps, and those that its last append carries. A key may be in both.
 */
import type { Disk } from '../../base/disk/disk.ts'
import { readSteps, unfitJournal } from '../../data/step-journal.ts'
import type { SourcePlace } from '../source.ts'

/** Characters of the hash of a key, and of the hash of the body that came with it. */
export const KEY_LENGTH = 12
export const BODY_LENGTH = 6
export const KEYED_LENGTH: number = KEY_LENGTH + BODY_LENGTH

/** Earlier versions kept longer hashes, of which these are the beginnings. */
const EARLIER_KEY_LENGTH = 16

export type KeyStep = {
  readonly since: number
  readonly step: number
  readonly taken: readonly number[]
  readonly keys: readonly (readonly [at: number, keys: string])[]
}

/** Whether a place names a step of a journal of keys. */
export const namesKeys = (place: SourcePlace | undefined): boolean => typeof place?.base === 'number'

/**
 * The steps to which the places of the partitions refer; none if no place names one. Throws a Failure 'corrupt' where the
 * journal is gone, damaged or of another time: a repeated request would be taken twice, or one that was lost would be missed.
 */
export function readKeySteps(
  places: readonly (SourcePlace | undefined)[],
  { disk, path }: { readonly disk: Disk; readonly path: string },
): readonly KeyStep[] {
  if (!places.some(namesKeys)) return []
  const unfit = (what: string) => unfitJournal(`the journal of idempotency keys, ${path},`, what)
  const steps = readSteps<KeyStep>(disk, path)
  const last = steps?.at(-1)
  if (steps === undefined || last === undefined) throw unfit('is gone')
  for (const [partition, place] of places.entries()) {
    const base = namesKeys(place) ? Number(place?.base) : last.step
    const fits = base >= last.since && base <= last.step && Number(place?.request ?? 0) >= (last.taken[partition] ?? 0)
    if (!fits) throw unfit('does not fit its topic')
  }
  return steps
}

/** The keys that the last append of a partition carries, in the form of this version. */
export function keysOfPlace(place: SourcePlace | undefined): readonly string[] {
  const kept = place?.keys
  if (typeof kept === 'string') return keyedIn(kept)
  if (!Array.isArray(kept)) return []
  return kept.map(String).map((one) => {
    return one.slice(0, KEY_LENGTH) + one.slice(EARLIER_KEY_LENGTH, EARLIER_KEY_LENGTH + BODY_LENGTH)
  })
}

/** The single keys of a text that has them one behind the other. */
export const keyedIn = (text: string): readonly string[] =>
  Array.from({ length: Math.floor(text.length / KEYED_LENGTH) }, (_, i) =>
    text.slice(i * KEYED_LENGTH, (i + 1) * KEYED_LENGTH),
  )
