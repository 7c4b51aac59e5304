/** Which dead letters were there when a run began, by the topic that keeps them and by the last checkpoint. */
import { entryOf } from '../base/entry.ts'
import type { Offset } from '../base/quantity.ts'
import type { Topic } from '../bus/bus.ts'
import type { Checkpoint, DeadCheckpoint } from './checkpoint.ts'
import { type Known, knownOfLetters, openKnown, type Series, withoutPassed } from './known-letters.ts'
import { isByTick, type LateRows, runsOf } from './late-rows.ts'
import { type DeadLetter, isOfNoRow, isOfPlaces, readLetters } from './letter.ts'

type KnownBefore = {
  readonly known: Known
  /** By partition of the topic itself, the offset up to which records were decoded. */
  readonly decodedTo: { [partition: number]: Offset }
  /** The offsets behind all letters. */
  readonly ends: readonly Offset[]
}

/** What a run from the checkpoint knows: letters behind its ends, and what the run that took it had not met again itself. */
export async function readKnown(topic: Topic, before: DeadCheckpoint | undefined): Promise<KnownBefore> {
  const known = openKnown(before?.known ?? knownOfLetters(before?.unmet ?? {}))
  const decodedTo: { [partition: number]: Offset } = { ...before?.decodedTo }
  for await (const { letter } of readLetters(topic, before?.ends)) {
    const { kind, partition, offset } = letter
    if (isOfNoRow(letter)) decodedTo[partition] = Math.max(decodedTo[partition] ?? 0, offset + 1)
    else if (kind === 'sink') known.noteRefused(letter.sink ?? '', partition, offset)
    else noteRow(known, letter as (DeadLetter | LateRows) & Pick<Series, 'kind'>)
  }
  const ends = Array.from({ length: topic.partitions }, (_, partition) => topic.bounds(partition).end)
  return { known, decodedTo, ends }
}

function noteRow(known: Known, letter: (DeadLetter | LateRows) & Pick<Series, 'kind'>): void {
  const { kind, partition, query = '', scan = 0 } = letter
  if (isOfPlaces(letter)) {
    const only = isByTick(letter) ? 'tick' : undefined
    let last = letter.offset
    let atLast = 0
    // Rows at one offset, such as those that were counted together, are a run each.
    for (const { to } of runsOf(letter)) {
      atLast = last === to - 1 ? atLast + 1 : 1
      last = to - 1
    }
    known.note({ kind, query, scan, partition, only }, last, atLast)
    return
  }
  const { offset } = letter
  const only = kind === 'expression' ? (offset < 0 ? 'merged' : undefined) : isByTick(letter) ? 'tick' : undefined
  known.note({ kind, query, scan, partition, only }, offset, 1)
}

/**
 * What the checkpoint keeps of the topic's dead letters; undefined where it has nothing of the topic. After a restart a sink
 * may get rows again that it refused before the checkpoint: their letters are known.
 */
export function deadBefore({ dead, sinks }: Checkpoint, topic: string): DeadCheckpoint | undefined {
  const before = entryOf(dead, topic)
  if (before === undefined) return undefined
  const mine = Object.entries(sinks).filter(([, { from }]) => from === topic)
  const placeOf = (sink: string, partition: number) => mine.find(([name]) => name === sink)?.[1].offsets[partition]
  const known = openKnown(withoutPassed(before.known ?? knownOfLetters(before.unmet ?? {}), placeOf))
  for (const [sink, { refused = {} }] of mine) {
    for (const [partition, offsets] of Object.entries(refused)) {
      for (const offset of offsets) known.noteRefused(sink, Number(partition), offset)
    }
  }
  return { ends: before.ends, decodedTo: before.decodedTo, known: known.left() }
}
