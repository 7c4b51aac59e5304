/**
 * Sends the records of dead letters again, once their format can read them: each is appended once more to the topic and
 * partition that it came from.
 *
 * Each is sent once: `DATA/sent-again/TOPIC.json` (`checked-json.ts`) keeps which letters were sent and, before each append,
 * the letters of that append under a number. The append carries the number as the position of its writer, so after a crash
 * the topic itself says whether it was made.
 */
import type { Disk } from '../base/disk.ts'
import type { Offset } from '../base/quantity.ts'
import { appendParts } from '../bus/append-parts.ts'
import type { Bus, Position } from '../bus/bus.ts'
import { readChecked, writeChecked } from '../data/checked-json.ts'
import { recordsOf } from '../record/records.ts'
import type { PlacedLetter } from '../topic/letter.ts'
import { recordAt } from './record-at.ts'

export type SentAgain = {
  readonly sent: number
  /** Letters whose record is not kept any more. */
  readonly gone: number
}

/** An append that may have been made: to a partition, of the records of letters at these offsets, under its number. */
type Pending = { readonly partition: number; readonly letters: readonly Offset[]; readonly number: number }
type State = {
  readonly sent: { readonly [partition: string]: readonly Offset[] }
  readonly pending: Pending | null
}

/** Records in one append: their letters are remembered together. */
const AT_A_TIME = 1000
const NOTHING: State = { sent: {}, pending: null }
const WRITER = 'send-again'

/** Says of a letter of the topic whether it was sent before, or may have been. Throws a Failure where the file is damaged. */
export function sentBefore(disk: Disk, dataFolder: string, topic: string): (placed: PlacedLetter) => boolean {
  const { sent, pending } = readState(disk, dataFolder, topic)
  const known = new Map(Object.entries(sent).map(([partition, offsets]) => [Number(partition), new Set(offsets)]))
  return ({ partition, offset }) =>
    known.get(partition)?.has(offset) === true ||
    (pending !== null && pending.partition === partition && pending.letters.includes(offset))
}

export type Sending = { readonly disk: Disk; readonly dataFolder: string; readonly bus: Bus; readonly now: number }

/**
 * Sends the records of these letters of a topic again, except those sent before. Rejects with the Failure of the bus or the
 * file; a next call then sends the others.
 */
export async function sendAgain(name: string, letters: readonly PlacedLetter[], sending: Sending): Promise<SentAgain> {
  const { disk, dataFolder, bus, now } = sending
  const partitions = (await bus.topics()).find((topic) => topic.name === name)?.partitions ?? 1
  const topic = await bus.topic(name, partitions)
  const folder = `${dataFolder}/sent-again`
  await disk.mkdir(folder)
  const numbers = (await topic.position(WRITER)).map(numberOf)
  let state = settlePending(numbers, readState(disk, dataFolder, name))
  const save = () => writeChecked(disk, `${folder}/${name}.json`, state)
  await save()
  const result = { sent: 0, gone: 0 }
  for (let partition = 0; partition < partitions; partition++) {
    const before = new Set(state.sent[partition] ?? [])
    const mine = letters.filter((one) => one.partition === partition && !before.has(one.offset))
    for (let from = 0; from < mine.length; from += AT_A_TIME) {
      const some = mine.slice(from, from + AT_A_TIME)
      const found = await Promise.all(some.map(({ letter }) => recordAt(topic, letter.partition, letter.offset)))
      const kept = some.flatMap(({ offset }, i) => (found[i] === undefined ? [] : [{ offset, record: found[i] }]))
      result.gone += some.length - kept.length
      if (kept.length === 0) continue
      const values = recordsOf(kept.map(({ record }) => record.value))
      const hasKeys = kept.some(({ record }) => record.key.length > 0)
      const keys = hasKeys ? recordsOf(kept.map(({ record }) => record.key)) : undefined
      let sent = 0
      for (const { upTo, ...part } of appendParts({ values, keys }, topic.maxAppendBytes)) {
        const number = (numbers[partition] ?? 0) + 1
        numbers[partition] = number
        const offsets = kept.slice(sent, upTo).map(({ offset }) => offset)
        state = { ...state, pending: { partition, letters: offsets, number } }
        await save()
        await topic.append(partition, { ...part, timestamp: now, position: { writer: WRITER, at: { number } } })
        state = settled(state)
        sent = upTo
      }
      result.sent += kept.length
    }
  }
  await save()
  return result
}

/** The number of the last append of the writer; the position of a version 1 folder is another writer's. */
const numberOf = (position: Position | undefined): number =>
  typeof position?.number === 'number' ? position.number : 0

/** Decides on the append that a crash left open: it was made if the topic has it. */
function settlePending(numbers: readonly number[], state: State): State {
  const { pending } = state
  if (pending === null) return state
  // The file of a version 1 folder has no number. Then it is unknown, and counts as sent: nothing is sent twice.
  const isUnsent = pending.number !== undefined && numbers[pending.partition] !== pending.number
  return isUnsent ? { ...state, pending: null } : settled(state)
}

function settled({ sent, pending }: State): State {
  if (pending === null) return { sent, pending }
  const { partition, letters } = pending
  return { sent: { ...sent, [partition]: [...(sent[partition] ?? []), ...letters] }, pending: null }
}

const readState = (disk: Disk, dataFolder: string, topic: string): State =>
  disk.list(dataFolder).includes('sent-again')
    ? ((readChecked(disk, `${dataFolder}/sent-again/${topic}.json`) as State | undefined) ?? NOTHING)
    : NOTHING
