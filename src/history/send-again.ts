/**
 * Sends the records of dead letters again, once their format can read them: each is appended once more to the topic and
 * partition that it came from.
 *
 * Each is sent once: `DATA/sent-again/TOPIC.json` (`checked-json.ts`) keeps which letters were sent and, before each append,
 * the letters of that append under a number. The append carries the number as the position of its writer, so after a crash
 * the topic itself says whether it was made.
 */
import type { Disk } from '../base/disk/disk.ts'
import type { Offset } from '../base/quantity.ts'
import { addToRanges, isInRanges } from '../base/ranges.ts'
import { refuseStopped } from '../base/turns.ts'
import { appendParts } from '../bus/append-parts.ts'
import type { Bus, Position, Topic } from '../bus/bus.ts'
import { readChecked, writeChecked } from '../data/checked-json.ts'
import { recordsOf } from '../record/records.ts'
import type { PlacedLetter } from '../topic/letter.ts'
import { type KeptRecord, recordAt } from './record-at.ts'

export type SentAgain = {
  readonly sent: number
  /** Letters whose record is not kept any more. */
  readonly gone: number
  /** Letters whose record was sent before. */
  readonly earlier: number
}

/**
 * An append that may have been made: to a partition, of the records of letters at these offsets, under its number. `records` are
 * the offsets of the records themselves.
 */
type Pending = {
  readonly partition: number
  readonly letters: readonly Offset[]
  readonly records?: readonly Offset[]
  readonly number: number
}
/**
 * Offsets of letters by partition, as ranges (`base/ranges.ts`), and those of their records. Files of earlier versions list letters,
 * `sent`, or have no `records`.
 */
type State = {
  readonly ranges?: { readonly [partition: string]: readonly Offset[] }
  readonly records?: { readonly [partition: string]: readonly Offset[] }
  readonly sent?: { readonly [partition: string]: readonly Offset[] }
  readonly pending: Pending | null
}
/** By partition: see `State`. */
type Sent = Map<number, number[]>
type Known = { readonly sent: Sent; readonly records: Sent; pending: Pending | null }

/** Records in one append: their letters are remembered together. */
const AT_A_TIME = 1000
const WRITER = 'send-again'

/** Says of a letter of the topic whether it was sent before, or may have been. Throws a Failure where the file is damaged. */
export function sentBefore(disk: Disk, dataFolder: string, topic: string): (placed: PlacedLetter) => boolean {
  const { sent, pending } = readKnown(disk, dataFolder, topic)
  return ({ partition, offset }) =>
    isInRanges(sent.get(partition) ?? [], offset) ||
    (pending !== null && pending.partition === partition && pending.letters.includes(offset))
}

/** Changes whenever letters of the topic were sent. */
export function sentMark(disk: Disk, dataFolder: string, topic: string): string {
  const { sent, pending } = readKnown(disk, dataFolder, topic)
  return JSON.stringify([[...sent], pending?.number ?? null])
}

/**
 * The records of a topic that were sent again, by partition, as ranges of their offsets: each has a copy behind it. Those of an append
 * that a crash left open are not among them. Throws a Failure where the file is damaged.
 */
export function recordsSentAgain(
  disk: Disk,
  dataFolder: string,
  topic: string,
): ReadonlyMap<number, readonly Offset[]> {
  return readKnown(disk, dataFolder, topic).records
}

export type Sending = {
  readonly disk: Disk
  readonly dataFolder: string
  readonly bus: Bus
  readonly now: number
  /** The stop of the run that does it: then it ends with a Failure ('in-use') between two reads or appends. */
  readonly stop?: AbortSignal
}

/** A record to be sent, its offset, and that of its letter. */
type Found = { readonly offset: Offset; readonly recordOffset: Offset; readonly record: KeptRecord }

/**
 * Sends the records of these letters of a topic again, except those sent before. Letters are asked for as they are sent, so
 * there may be more than memory holds. Rejects with the Failure of the bus, of the file or of the letters; a next call then
 * sends the others.
 */
export async function sendAgain(
  name: string,
  letters: Iterable<PlacedLetter> | AsyncIterable<PlacedLetter>,
  sending: Sending,
): Promise<SentAgain> {
  const { disk, dataFolder, bus, stop } = sending
  const partitions = (await bus.topics()).find((topic) => topic.name === name)?.partitions ?? 1
  const topic = await bus.topic(name, partitions)
  const folder = `${dataFolder}/sent-again`
  await disk.mkdir(folder)
  const numbers = (await topic.position(WRITER)).map(numberOf)
  const known = readKnown(disk, dataFolder, name)
  settlePending(numbers, known)
  const save = () => writeChecked(disk, `${folder}/${name}.json`, stateOf(known))
  await save()
  const open: Opened = { topic, numbers, known, save, sending }
  const result = { sent: 0, gone: 0, earlier: 0 }
  let found: Found[] = []
  let bytes = 0
  /** The partition of those found. */
  let at = 0
  const send = async () => {
    if (found.length > 0) await sendFound(open, at, found)
    result.sent += found.length
    found = []
    bytes = 0
  }
  for await (const { letter, partition, offset } of letters) {
    refuseStopped(stop)
    if (isInRanges(known.sent.get(partition) ?? [], offset)) {
      result.earlier++
      continue
    }
    const record = await recordAt(topic, letter.partition, letter.offset)
    if (record === undefined) {
      result.gone++
      continue
    }
    if (partition !== at || found.length === AT_A_TIME || bytes >= topic.maxAppendBytes) await send()
    at = partition
    found.push({ offset, recordOffset: letter.offset, record })
    bytes += record.value.length + record.key.length
  }
  await send()
  await save()
  return result
}

type Opened = {
  readonly topic: Topic
  /** By partition, that of the last append. */
  readonly numbers: number[]
  readonly known: Known
  save(): Promise<void>
  readonly sending: Sending
}

async function sendFound(open: Opened, partition: number, found: readonly Found[]): Promise<void> {
  const { topic, numbers, known, save, sending } = open
  const values = recordsOf(found.map(({ record }) => record.value))
  const hasKeys = found.some(({ record }) => record.key.length > 0)
  const keys = hasKeys ? recordsOf(found.map(({ record }) => record.key)) : undefined
  let sent = 0
  for (const { upTo, ...part } of appendParts({ values, keys }, topic.maxAppendBytes)) {
    refuseStopped(sending.stop)
    const number = (numbers[partition] ?? 0) + 1
    numbers[partition] = number
    const piece = found.slice(sent, upTo)
    const records = piece.map(({ recordOffset }) => recordOffset)
    known.pending = { partition, letters: piece.map(({ offset }) => offset), records, number }
    await save()
    const position = { writer: WRITER, at: { number } }
    await topic.append(partition, { ...part, timestamp: sending.now, position })
    settle(known)
    sent = upTo
  }
}

/** The number of the last append of the writer; the position of a version 1 folder is another writer's. */
const numberOf = (position: Position | undefined): number =>
  typeof position?.number === 'number' ? position.number : 0

/** Decides on the append that a crash left open: it was made if the topic has it. */
function settlePending(numbers: readonly number[], known: Known): void {
  const { pending } = known
  if (pending === null) return
  // The file of a version 1 folder has no number. Then it is unknown, and counts as sent: nothing is sent twice.
  const isUnsent = pending.number !== undefined && numbers[pending.partition] !== pending.number
  if (isUnsent) known.pending = null
  else settle(known)
}

/** The append is made. */
function settle(known: Known): void {
  const { sent, records, pending } = known
  if (pending === null) return
  addAll(sent, pending.partition, pending.letters)
  addAll(records, pending.partition, pending.records ?? [])
  known.pending = null
}

function addAll(to: Sent, partition: number, offsets: readonly Offset[]): void {
  const ranges = to.get(partition) ?? []
  for (const offset of offsets) addToRanges(ranges, offset)
  to.set(partition, ranges)
}

const stateOf = ({ sent, records, pending }: Known): State => ({
  ranges: Object.fromEntries(sent),
  records: Object.fromEntries(records),
  pending,
})

function readKnown(disk: Disk, dataFolder: string, topic: string): Known {
  const isThere = disk.list(dataFolder).includes('sent-again')
  const file = `${dataFolder}/sent-again/${topic}.json`
  const state = isThere ? (readChecked(disk, file) as State | undefined) : undefined
  const sent = rangesOf(state?.ranges)
  for (const [partition, offsets] of Object.entries(state?.sent ?? {})) addAll(sent, Number(partition), offsets)
  return { sent, records: rangesOf(state?.records), pending: state?.pending ?? null }
}

const rangesOf = (kept: State['ranges'] = {}): Sent =>
  new Map(Object.entries(kept).map(([partition, ranges]) => [Number(partition), [...ranges]]))
