/**
 * The groups of all dead letters of a topic, kept up as letters come: there may be millions of them, so each is read once, some at a
 * time, and only the groups stay in memory. It begins anew when letters are deleted, or records are sent again.
 */
import { setImmediate } from 'node:timers/promises'
import type { Disk } from '../../base/disk/disk.ts'
import type { Offset } from '../../base/quantity.ts'
import type { TopicReader } from '../../bus/bus.ts'
import { offsetsKept, readOffsets } from '../../bus/fetched.ts'
import { recordText } from '../../record/records.ts'
import { letterIn } from '../../topic/letter.ts'
import { gatherLetters, type LetterGroup, type LetterGroups } from '../dead-groups.ts'
import type { Budget } from '../records/budget.ts'
import { sentBefore, sentMark } from '../send-again.ts'
import type { Excerpt } from './letter-view.ts'
import { excerptOf } from './shown.ts'

/** Groups of a topic; letters of more go into one for each kind. */
const MOST_GROUPS = 1000
/** Letters that are read at a time. */
const STEP = 1000

export type TalliedGroup = { readonly group: LetterGroup; readonly excerpt: Excerpt }

export type LettersTally = {
  /** The most frequent first. */
  readonly groups: readonly TalliedGroup[]
  /** Letters that are kept, and those that were looked at so far: fewer where the budget was spent. */
  readonly kept: number
  readonly looked: number
}

type Tallied = {
  readonly letters: TopicReader
  readonly topic: string
  readonly disk: Disk
  readonly dataFolder: string
}

/** A tally that has seen no letter yet; the function that it gives reads on, as far as the budget goes. */
export function openLettersTally({
  letters,
  topic,
  disk,
  dataFolder,
}: Tallied): (budget: Budget) => Promise<LettersTally> {
  let starts: Offset[] = []
  let places: Offset[] = []
  let mark: string | undefined
  let groups: LetterGroups
  const excerpts = new Map<string, Excerpt>()
  const begin = () => {
    starts = Array.from({ length: letters.partitions }, (_, partition) => letters.bounds(partition).start)
    places = [...starts]
    mark = sentMark(disk, dataFolder, topic)
    groups = gatherLetters(sentBefore(disk, dataFolder, topic), MOST_GROUPS)
    excerpts.clear()
  }
  const isOld = () =>
    mark !== sentMark(disk, dataFolder, topic) ||
    starts.some((start, partition) => letters.bounds(partition).start !== start)
  const readOn = async (partition: number, to: Offset) => {
    let bytes = 0
    let count = 0
    for await (const { baseOffset, values, nulls, timestamps } of readOffsets(letters, partition, {
      from: places[partition],
      to,
    })) {
      for (let i = 0; i < values.count; i++) {
        if (nulls?.[i] === 1) continue
        const letter = letterIn(recordText(values, i))
        if (letter === undefined) continue
        const placed = { letter, partition, offset: baseOffset + i, arrived: timestamps[i] ?? Number.NaN }
        const group = groups.add(placed)
        // The excerpt takes less memory than the example.
        if (!excerpts.has(group.id)) excerpts.set(group.id, excerptOf(letter))
        group.example = undefined
        count++
        bytes += (values.end[i] as number) - (values.start[i] as number)
      }
      values.lease?.release()
    }
    places[partition] = to
    return { count, bytes }
  }
  const catchUp = async (budget: Budget) => {
    await letters.refresh()
    if (starts.length === 0 || isOld()) begin()
    for (let partition = 0; partition < letters.partitions; partition++) {
      const { end } = letters.bounds(partition)
      while ((places[partition] ?? 0) < end && !budget.isSpent()) {
        const { count, bytes } = await readOn(partition, Math.min(end, (places[partition] ?? 0) + STEP))
        budget.spend(count, bytes)
        await setImmediate()
      }
    }
  }
  let working: Promise<void> = Promise.resolve()
  return async (budget) => {
    // Those who ask at the same time read one after the other.
    working = working.then(
      () => catchUp(budget),
      () => catchUp(budget),
    )
    await working
    return {
      groups: groups
        .groups()
        .map((group) => ({ group, excerpt: excerpts.get(group.id) ?? { record: null, byte: null } })),
      kept: offsetsKept(letters),
      looked: places.reduce((sum, place, partition) => sum + place - (starts[partition] ?? 0), 0),
    }
  }
}
