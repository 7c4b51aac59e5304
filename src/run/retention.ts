/**
 * Gives space back while a pipeline runs: deletes records that are beyond the time or size of a topic's retention and that
 * every query and sink of the pipeline has read, by the last durable checkpoint. Unread records stay until a hard limit, the
 * topic's own or that of all topics: there sources wait (`block`), or the oldest records are deleted unread and counted
 * (`drop_oldest`).
 *
 * The ticks of a topic go with the records among which they lie (`tick-log.ts`). They count for no limit, as they are few.
 *
 * It works beside the data: at the start, now and then, when a source finds its topic at a limit, and at the end. What is due
 * is deleted first, which needs no room on the disk. Whatever does need room, a new segment or a checkpoint, is never waited
 * for while the disk is full: the room that it waits for may be what deleting gives.
 */
import { type Clock, slept } from '../base/clock.ts'
import { type FullDisk, isFull } from '../base/disk/full-disk.ts'
import type { Offset } from '../base/quantity.ts'
import { byteText } from '../base/units.ts'
import type { Bus, Space, TopicReader } from '../bus/bus.ts'
import type { CheckedPipeline, RetentionRule } from '../pipeline/checked.ts'
import type { WhenFull } from '../pipeline/definition.ts'
import type { OpenTopic } from '../runner/open-topics.ts'
import type { Checkpointer } from './checkpoint-file.ts'
import { bytesOf, expired, oldestBeyond, type PartitionSpace } from './free-space.ts'
import { NO_GROUPS, type ReadingGroups, readingGroups } from './reading-groups.ts'

const EVERY_MS = 10_000
/** How soon it is noticed that what is waited for waits for room on the disk. */
const LOOK_MS = 100
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000
/** A stretch is closed after this part of the topic's retention time, so that a slow topic, too, gives space back in steps. */
const ROLLS_PER_TIME = 8

export type Retention = {
  /** Deletes at once, and now and then until the signal is aborted. Rejects with the Failure of the bus or a checkpoint, as `room` does. */
  run(done: AbortSignal): Promise<void>
  /** Deletes what is due by the last checkpoint, and closes no segment. */
  tidyUp(): Promise<void>
  /** Resolves when a source may bring more into the topic, or `stop` is aborted. */
  room(topic: string): Promise<void>
  /** Records of this run that were deleted before every query and sink had read them. */
  dropped(): number
}

export type RetentionOptions = {
  readonly bus: Pick<Bus, 'space'>
  readonly pipeline: CheckedPipeline
  readonly topics: ReadonlyMap<string, OpenTopic>
  readonly checkpoints: Pick<Checkpointer, 'take' | 'last'>
  readonly clock: Clock
  readonly fullDisk: Pick<FullDisk, 'trouble'>
  /** Aborted when no source waits for room any longer. */
  readonly stop: AbortSignal
  warn(message: string): void
}

/** A topic whose records may be deleted. */
type Kept = {
  readonly name: string
  readonly topic: TopicReader
  readonly space: Space
  readonly rule: RetentionRule
  readonly groups: ReadingGroups
}

type Keeping = Pick<RetentionOptions, 'checkpoints' | 'clock' | 'fullDisk'> & {
  readonly kept: readonly Kept[]
  /** Topics of ticks, of which more may be made meanwhile. */
  ticks(): readonly Kept[]
  /** Segments that are being closed; undefined: none. */
  closing: Promise<void> | undefined
  readonly limits: CheckedPipeline['limits']
  /** Records deleted unread. */
  dropped: number
}

/** A limit that is exceeded, and the topics that count for it. */
type Over = {
  readonly within: readonly Kept[]
  readonly limit: number
  readonly whenFull: WhenFull
  readonly what: string
}

/** The retention of these topics; does nothing on a bus that keeps its space itself. */
export function openRetention(options: RetentionOptions): Retention {
  const { pipeline, clock, stop, warn } = options
  const { limits } = pipeline
  const keeping: Keeping = {
    ...options,
    kept: keptOf(options),
    ticks: () => ticksOf(options),
    closing: undefined,
    limits,
    dropped: 0,
  }
  const told = new Set<string>()
  let running: Promise<void> = Promise.resolve()
  /** One at a time. */
  const alone = (work: () => Promise<void>): Promise<void> => {
    running = running.catch(() => {}).then(work)
    return running
  }
  return {
    async run(done) {
      do await alone(() => tidy(keeping))
      while (await slept(clock, EVERY_MS, done))
      await keeping.closing
    },
    tidyUp: () => alone(() => trimDue(keeping)),
    async room(name) {
      const one = keeping.kept.find((topic) => topic.name === name)
      if (one === undefined || overLimit(keeping, one) === undefined) return
      const tell = (message: string) => {
        if (!told.has(name)) warn(message)
        told.add(name)
      }
      for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
        await alone(() => makeRoom(keeping, one, tell))
        const over = overLimit(keeping, one)
        // It will drop records again, and has warned already.
        if (over?.whenFull === 'drop_oldest') return
        if (over === undefined) break
        if (!(await slept(clock, pause, stop))) return
      }
      const waits = one.rule.whenFull === 'block' && limits.whenFull === 'block'
      if (waits && told.delete(name)) warn(`topic ${name} has room again: its sources go on`)
    },
    dropped: () => keeping.dropped,
  }
}

/** The topics and those of their dead letters; none on a bus that keeps its space itself. */
function keptOf({ pipeline, topics, checkpoints, bus }: RetentionOptions): readonly Kept[] {
  return [...topics].flatMap(([name, { checked, topic, letters }]) => {
    const rule: RetentionRule = { ...checked.dead, limit: undefined, whenFull: 'block' }
    const [space, ofLetters] = [bus.space(topic.name), bus.space(letters.name)]
    if (space === undefined || ofLetters === undefined) return []
    return [
      { name, topic, space, rule: checked.retention, groups: readingGroups(name, pipeline, checkpoints) },
      { name: `${name}.dead`, topic: letters, space: ofLetters, rule, groups: NO_GROUPS },
    ]
  })
}

/** The topics of ticks. They may keep no bytes: a tick that is not needed goes as soon as its stretch is closed. */
function ticksOf({ topics, bus }: RetentionOptions): readonly Kept[] {
  return [...topics.values()].flatMap(({ checked, topic, ticks }) => {
    const own = ticks?.topic()
    const space = own && bus.space(own.name)
    if (ticks === undefined || own === undefined || space === undefined) return []
    const rule: RetentionRule = { timeMs: checked.retention.timeMs, bytes: 0, limit: undefined, whenFull: 'block' }
    const needed = (partition: number) => {
      const { start } = topic.bounds(partition)
      ticks.forget(partition, start)
      return { offset: ticks.neededFrom(partition, start), group: '' }
    }
    return [{ name: own.name, topic: own, space, rule, groups: { needed } }]
  })
}

/** Deletes records that are beyond time or size and read; then closes segments that are old enough, and looks once more. */
async function tidy(keeping: Keeping): Promise<void> {
  await trimDue(keeping)
  const now = keeping.clock.now()
  const due =
    ({ timeMs }: RetentionRule) =>
    (space: PartitionSpace) =>
      timeMs !== undefined && (tailOf(space)?.since ?? now) < now - timeMs / ROLLS_PER_TIME
  await close(keeping, [...keeping.kept, ...keeping.ticks()], due)
  await trimDue(keeping)
}

async function trimDue(keeping: Keeping): Promise<void> {
  const now = keeping.clock.now()
  for (const one of [...keeping.kept, ...keeping.ticks()]) {
    const { timeMs, bytes } = one.rule
    const spaces = spacesOf(one)
    if (timeMs !== undefined) {
      const offsets = spaces.map((space) => expired(space, now - timeMs))
      await trim(keeping, one, offsets)
    }
    if (bytes !== undefined) await trim(keeping, one, oldestBeyond(spacesOf(one), bytes, false))
  }
}

/** Makes room under a limit; deletes unread records only where `drop_oldest` allows it. */
async function makeRoom(keeping: Keeping, one: Kept, tell: (message: string) => void): Promise<void> {
  const before = overLimit(keeping, one)
  if (before !== undefined) await trimBeyond(keeping, before, false)
  if (overLimit(keeping, one) === undefined) return
  // Records read since the last checkpoint count as read after this one; they may be in the stretch that is written to.
  await unlessFull(keeping, keeping.checkpoints.take())
  await close(keeping, before?.within ?? [], () => (space) => (tailOf(space)?.end ?? 0) <= space.needed)
  if (before !== undefined) await trimBeyond(keeping, before, false)
  const over = overLimit(keeping, one)
  if (over === undefined) return
  const { what, limit, within } = over
  const unread = `${what} exceeded the limit of ${byteText(limit)}, and ${slowest(within)}`
  if (over.whenFull === 'block') return tell(`${unread}: sources wait`)
  tell(`${unread}: the oldest records are dropped unread`)
  await trimBeyond(keeping, over, true)
  const still = overLimit(keeping, one)
  if (still === undefined) return
  await close(keeping, still.within, () => () => true)
  await trimBeyond(keeping, still, true)
}

function overLimit({ kept, limits }: Keeping, one: Kept): Over | undefined {
  const own = { within: [one], limit: one.rule.limit, whenFull: one.rule.whenFull, what: `topic ${one.name}` }
  const all = { within: kept, limit: limits.disk, whenFull: limits.whenFull, what: 'all topics together' }
  for (const { limit, ...scope } of [own, all]) {
    if (limit !== undefined && bytesOf(scope.within.flatMap(spacesOf)) > limit) return { ...scope, limit }
  }
  return undefined
}

async function trimBeyond(keeping: Keeping, { within, limit }: Over, unreadToo: boolean): Promise<void> {
  const spaces = within.map(spacesOf)
  const offsets = oldestBeyond(spaces.flat(), limit, unreadToo)
  let at = 0
  for (const [i, one] of within.entries()) {
    const next = at + (spaces[i]?.length ?? 0)
    await trim(keeping, one, offsets.slice(at, next))
    at = next
  }
}

async function trim(keeping: Keeping, { topic, space, groups }: Kept, offsets: readonly Offset[]): Promise<void> {
  for (const [partition, offset] of offsets.entries()) {
    const { start } = topic.bounds(partition)
    if (offset <= start) continue
    const unread = Math.max(0, offset - Math.max(start, groups.needed(partition).offset))
    try {
      await space.trim(partition, offset)
    } catch (error) {
      // What the partition has to keep of the records did not fit. Others may give room; then the next look deletes these.
      if (isFull(error)) continue
      throw error
    }
    keeping.dropped += unread
  }
}

/** Closes the segments that are written to and due. A new segment needs room: see `unlessFull`. */
async function close(
  keeping: Keeping,
  topics: readonly Kept[],
  isDue: (rule: RetentionRule) => (space: PartitionSpace) => boolean,
): Promise<void> {
  if (keeping.closing === undefined) {
    const due = topics.flatMap((one) => {
      const partitions = spacesOf(one).flatMap((space, partition) => (isDue(one.rule)(space) ? [partition] : []))
      return partitions.map((partition) => one.space.roll(partition))
    })
    if (due.length === 0) return
    keeping.closing = Promise.all(due).then(() => {
      keeping.closing = undefined
    })
  }
  await unlessFull(keeping, keeping.closing)
}

/** Waits for work that needs room on the disk; no longer, where the disk is full. Its failure is then that of the log. */
async function unlessFull({ clock, fullDisk }: Keeping, work: Promise<void>): Promise<void> {
  const done = new AbortController()
  const ended = work.finally(() => done.abort())
  ended.catch(() => {})
  while (fullDisk.trouble() === undefined) if (!(await slept(clock, LOOK_MS, done.signal))) return await ended
}

const spacesOf = ({ topic, space, groups }: Kept): readonly PartitionSpace[] =>
  Array.from({ length: topic.partitions }, (_, partition) => {
    return { stretches: space.stretches(partition), needed: groups.needed(partition).offset }
  })

const tailOf = ({ stretches }: PartitionSpace) => {
  const tail = stretches.at(-1)
  return tail === undefined || tail.bytes === 0 ? undefined : tail
}

/** Names the group that has the most left to read. */
function slowest(within: readonly Kept[]): string {
  let most = { left: 0, text: 'everything was read' }
  for (const { name, topic, groups } of within) {
    for (let partition = 0; partition < topic.partitions; partition++) {
      const { offset, group } = groups.needed(partition)
      const left = topic.bounds(partition).end - offset
      if (left > most.left) most = { left, text: `${group} has not read ${name} beyond offset ${offset}` }
    }
  }
  return most.text
}
