/**
 * A small life of a data folder, and a witness that knows which appends were tried and which were acknowledged.
 *
 * Every record names its append. So whatever a disk left, the records read must be whole appends in the order in which they
 * were tried, every acknowledged one at its offset, and the mark must be that of the last one.
 */
import { assert } from '../../base/assert.ts'
import { type Clock, systemClock } from '../../base/clock.ts'
import type { Disk } from '../../base/disk/disk.ts'
import { readChecked, writeChecked } from '../../data/checked-json.ts'
import { appendOf, linesOf, markOf, readAll } from '../appends.test-tool.ts'
import type { Bus, Space, Topic } from '../bus.ts'
import { ownEmbedded } from './embedded.test-tool.ts'

export const DATA = '/var/data'
/** Replaced in one step, as a checkpoint is. */
export const STATE = '/var/state.json'
/** Two or three appends a segment. */
const SEGMENT_BYTES = 300
export const TOPICS: readonly (readonly [name: string, partitions: number])[] = [
  ['a', 2],
  ['b', 1],
]

type Attempt = { readonly id: number; readonly lines: readonly string[]; acknowledged: number | undefined }

export type Witness = {
  readonly attempts: Map<string, Attempt[]>
  /** Committed offsets that were tried, and how many of them were acknowledged. */
  readonly commits: number[]
  committed: number
  readonly states: number[]
  state: number
  /** The offset up to which records of topic a, partition 0, may have been deleted. */
  trimmed: number
  nextId: number
  /** Bytes that are added to each line. */
  readonly padding: number
}

/** A witness that has seen nothing. */
export const newWitness = (padding = 0): Witness => {
  return { attempts: new Map(), commits: [], committed: -1, states: [], state: -1, trimmed: 0, nextId: 0, padding }
}

/** Never waits: a full disk is asked again at once. */
const clock: Clock = { ...systemClock, sleep: () => new Promise((resolve) => setImmediate(resolve)) }

/** Opens the bus in `DATA`. */
export const open = (disk: Disk, warn: (message: string) => void = () => {}): Promise<Bus> =>
  ownEmbedded(DATA, { disk, clock, segmentBytes: SEGMENT_BYTES, warn })

/** Some rounds of `liveOnce`, from opening the bus to closing it. */
export async function live(disk: Disk, witness: Witness, rounds: number): Promise<void> {
  const bus = await open(disk)
  for (let round = 0; round < rounds; round++) await liveOnce(disk, bus, witness)
  await bus[Symbol.asyncDispose]()
}

/** Appends to every partition at once, commits an offset, and replaces a state file. */
export async function liveOnce(disk: Disk, bus: Bus, witness: Witness): Promise<void> {
  const topics: Topic[] = []
  for (const [name, partitions] of TOPICS) topics.push(await bus.topic(name, partitions))
  const appends = topics.flatMap((topic) =>
    Array.from({ length: topic.partitions }, (_, partition) => appendOne(topic, partition, witness)),
  )
  const failed = (await Promise.allSettled(appends)).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
  await trim(topics[0], bus.space('a'), witness)
  const value = topics[0]?.bounds(0).end ?? 0
  witness.commits.push(value)
  await bus.commit('g', 'a', { 0: value })
  witness.committed = witness.commits.length - 1
  witness.states.push(value)
  await writeChecked(disk, STATE, value)
  witness.state = witness.states.length - 1
}

/** Deletes about the older half of partition 0. */
async function trim(topic: Topic | undefined, space: Space | undefined, witness: Witness): Promise<void> {
  if (topic === undefined) return
  const { start, end } = topic.bounds(0)
  witness.trimmed = Math.max(witness.trimmed, (start + end) >> 1)
  await space?.trim(0, witness.trimmed)
}

/** One append of 1 to 3 records; every second one has a mark. */
export async function appendOne(topic: Topic, partition: number, witness: Witness): Promise<void> {
  const place = `${topic.name}-${partition}`
  const id = witness.nextId++
  const lines = Array.from(
    { length: 1 + (id % 3) },
    (_, line) => `${id}.${line} ${'x'.repeat(witness.padding + ((id * 7) % 40))}`,
  )
  const attempt: Attempt = { id, lines, acknowledged: undefined }
  witness.attempts.set(place, [...(witness.attempts.get(place) ?? []), attempt])
  const mark = id % 2 === 0 ? String(id) : undefined
  attempt.acknowledged = await topic.append(partition, appendOf(linesOf(...lines), id, mark))
}

/** Reads everything and compares it with the witness; appends that are found count as acknowledged from now on. */
export async function examine(disk: Disk, bus: Bus, witness: Witness): Promise<void> {
  for (const [name, partitions] of TOPICS) {
    const topic = await bus.topic(name, partitions)
    for (let partition = 0; partition < partitions; partition++) await examinePartition(topic, partition, witness)
  }
  const committed = (await bus.committed('g', 'a'))[0]
  checkLatest('committed offset', committed, witness.commits, witness.committed)
  checkLatest('state file', readChecked(disk, STATE), witness.states, witness.state)
}

/** Throws unless the value found is the last acknowledged one, or one that was tried after it. */
function checkLatest(what: string, found: unknown, tried: readonly number[], acknowledged: number): void {
  const index = found === undefined ? -1 : tried.lastIndexOf(found as number)
  assert(found === undefined || index >= 0, `the ${what} ${String(found)} was never written`)
  assert(index >= acknowledged, `the ${what} is ${String(found)}, but ${tried[acknowledged]} was acknowledged`)
}

async function examinePartition(topic: Topic, partition: number, witness: Witness): Promise<void> {
  const place = `${topic.name}-${partition}`
  const values = (await readAll(topic, partition, 200)).map(({ value }) => value)
  const { start } = topic.bounds(partition)
  assert(start === 0 || (place === 'a-0' && start <= witness.trimmed), `${place} begins at ${start}, not later`)
  let mark: string | undefined
  let offset = start
  const kept: Attempt[] = []
  for (const attempt of witness.attempts.get(place) ?? []) {
    const { id, lines, acknowledged } = attempt
    if (acknowledged === undefined || acknowledged >= start) {
      const isHere = values[offset - start] === lines[0]
      if (acknowledged !== undefined) {
        assert(isHere, `append ${id} to ${place}, acknowledged at ${acknowledged}, is lost`)
        assert(acknowledged === offset, `append ${id} to ${place} is at the offset that was promised`)
      }
      if (!isHere) continue
      const found = values.slice(offset - start, offset - start + lines.length)
      assert(found.join() === lines.join(), `append ${id} to ${place} is whole`)
      attempt.acknowledged = offset
      offset += lines.length
    }
    if (id % 2 === 0) mark = String(id)
    kept.push(attempt)
  }
  assert(offset - start === values.length, `${place} has ${start + values.length - offset} records that nobody wrote`)
  witness.attempts.set(place, kept)
  assert((await markOf(topic, partition)) === mark, `the last mark of ${place} is ${mark}`)
}

/** Does the work; an error of it names the place. */
export async function explained(place: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    throw new Error(`${place}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}
