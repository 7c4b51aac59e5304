/**
 * Reads a data folder that another process may own and write to, and never writes itself: it takes no lock, opens no file
 * for writing, and neither cuts a tail nor sets up a folder.
 *
 * Only whole appends are handed out. A batch that is just being written does not pass its checks, or its append has no end
 * yet, and the log ends before it until the next look. A record may be read a moment before it is acknowledged, and a crash
 * may take it back: this is for people who look, not for work that must not see such records.
 */
import type { Clock } from '../../base/clock.ts'
import { type Disk, sizeOf } from '../../base/disk/disk.ts'
import { Failure } from '../../base/failure.ts'
import { checkFormatFile } from '../../data/data-folder.ts'
import { lookAlone } from '../alone.ts'
import type { Bounds, BusReader, Fetched, TopicReader } from '../bus.ts'
import { type Listen, openCursor } from '../cursor.ts'
import { namedTopics, noTopic } from './embedded.ts'
import { groupNamesIn, readGroups } from './groups.ts'
import { checkOffset } from './log-files.ts'
import { PartitionReader, type ReadableTail } from './partition-reader.ts'
import { listSegments, readIndex, type Segment, wholeAppends } from './segment.ts'
import { type Point, startPoint } from './sparse-index.ts'
import { readTopicList } from './topic-list.ts'

/** How often a cursor looks for records that the owner of the folder has appended, in ms. */
const LOOK_MS = 200

/** Opens a data folder for reading. Throws a Failure where it is none, or has a version that is not read. */
export function openForReading(disk: Disk, folder: string, clock: Clock): BusReader {
  checkFormatFile(disk, folder)
  const opened = new Map<string, OpenView>()
  const closing = new AbortController()
  const reader: Pick<BusReader, 'topics' | 'reader' | 'groupNames' | 'groups'> = {
    topics: async () => namedTopics(readTopicList(disk, folder)),
    async reader(name) {
      const count = readTopicList(disk, folder).get(name)
      if (count === undefined) throw noTopic(name, folder)
      const view =
        opened.get(name) ?? openView(disk, `${folder}/topics/${name}`, { name, count, clock, closed: closing.signal })
      opened.set(name, view)
      return view.topic
    },
    groupNames: async () => groupNamesIn(disk, `${folder}/groups`),
    groups: async (names) => readGroups(disk, `${folder}/groups`, names),
  }
  return {
    ...reader,
    look: () => lookAlone('embedded', reader),
    async [Symbol.asyncDispose]() {
      closing.abort()
      for (const view of opened.values()) view.close()
    },
  }
}

type OpenView = { readonly topic: TopicReader; close(): void }

type Viewing = {
  readonly name: string
  readonly count: number
  readonly clock: Clock
  readonly closed: AbortSignal
}

function openView(disk: Disk, folder: string, { name, count, clock, closed }: Viewing): OpenView {
  const views = Array.from({ length: count }, (_, partition) => new PartitionView(disk, `${folder}-${partition}`))
  const view = (partition: number): PartitionView => {
    const found = views[partition]
    if (found !== undefined) return found
    throw new Failure('not-found', `topic ${name} has no partition ${partition}: it has 0 to ${count - 1}`)
  }
  const reader = {
    name,
    partitions: count,
    bounds: (partition: number) => view(partition).bounds(),
    async refresh() {
      for (const one of views) one.refresh()
    },
    read: async (partition: number, offset: number, maxBytes: number) => view(partition).read(offset, maxBytes),
  }
  const listen: Listen = ({ heard, failed }) => {
    const stopped = new AbortController()
    const until = AbortSignal.any([closed, stopped.signal])
    const look = async () => {
      for (;;) {
        await clock.sleep(LOOK_MS, until).catch(() => undefined)
        if (until.aborted) return
        await reader.refresh()
        heard(0, undefined)
      }
    }
    look().catch(failed)
    return { stop: () => stopped.abort() }
  }
  return {
    topic: {
      ...reader,
      cursor: (offsets, gone) => openCursor(reader, offsets, listen, gone),
      bytes: async (partition) => view(partition).bytes(),
    },
    close() {
      for (const one of views) one.close()
    },
  }
}

/** A partition as it was at the last `refresh`. */
class PartitionView {
  readonly #disk: Disk
  readonly #folder: string
  readonly #segments: Segment[] = []
  readonly #reader: PartitionReader
  #tail: ReadableTail | undefined
  #end: Point = startPoint(0)

  constructor(disk: Disk, folder: string) {
    this.#disk = disk
    this.#folder = folder
    this.#reader = new PartitionReader(disk, this.#segments)
    this.refresh()
  }

  bounds(): Bounds {
    return { start: this.#segments[0]?.baseOffset ?? 0, end: this.#end.offset }
  }

  bytes(): number {
    return this.#segments.reduce((sum, { log }) => sum + (sizeOf(this.#disk, log) ?? 0), 0)
  }

  /** The folder is listed before the last segment is read: a segment that is made meanwhile is seen at the next refresh. */
  refresh(): void {
    const listed = listSegments(this.#disk, this.#folder)
    if (listed.length === 0) return
    const known = new Map(this.#segments.map((segment) => [segment.baseOffset, segment]))
    this.#segments.splice(0, this.#segments.length, ...listed.map((one) => known.get(one.baseOffset) ?? one))
    const segment = this.#segments.at(-1) as Segment
    if (this.#tail?.segment !== segment) this.#openTail(segment)
    this.#advance()
  }

  read(offset: number, maxBytes: number): Fetched | undefined {
    checkOffset(offset, this.bounds(), this.#folder)
    if (offset === this.#end.offset || this.#tail === undefined) return undefined
    return this.#reader.read({ offset, maxBytes, tail: this.#tail, end: this.#end })
  }

  close(): void {
    this.#tail?.file.close()
    this.#tail = undefined
  }

  #openTail(segment: Segment): void {
    this.close()
    const content = readIndex(this.#disk, segment)
    const file = this.#disk.open(segment.log, 'read')
    this.#tail = { segment, file, index: { content } }
    // A segment that is shorter than it was durable is damaged: its owner reports that, and `fsck`.
    this.#end = content.durable.position <= file.size() ? content.durable : content.start
  }

  /** Moves the end behind the whole appends. */
  #advance(): void {
    if (this.#tail === undefined) return
    const { file } = this.#tail
    this.#end = wholeAppends(file, this.#end, file.size()).end
  }
}
