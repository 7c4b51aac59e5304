/**
 * Reads a data folder that another process may own and write to, and never writes itself: no lock, no file is opened to
 * be written, nothing is cut or set up.
 *
 * What is handed out is whole: a batch that is just being written does not pass its checks, or its append has no end yet,
 * and the log ends before it until the next look. It may come a moment before it is acknowledged, so this is for people
 * to look at, not for work that must not see what a crash takes back.
 */
import type { Disk, DiskFile } from '../../base/disk.ts'
import { Failure } from '../../base/failure.ts'
import { readChecked } from '../../data/checked-json.ts'
import { checkFormatFile } from '../../data/data-folder.ts'
import { batchCount, batchSize, readTail } from '../batch/walker.ts'
import type { Bounds, Fetched } from '../bus.ts'
import { decodeGroup } from './groups.ts'
import { PartitionReader } from './partition-reader.ts'
import { listSegments, type Place, type Segment, scanSegment, type Tail } from './segment.ts'
import { SparseIndex } from './sparse-index.ts'

export type TopicReader = {
  readonly name: string
  readonly partitions: number
  /** As of the last look; `refresh` looks again. */
  bounds(partition: number): Bounds
  /** Bytes of its segments. */
  bytes(partition: number): number
  read(partition: number, offset: number, maxBytes: number): Fetched | undefined
  refresh(): void
}

export type FolderReader = {
  topics(): readonly { readonly name: string; readonly partitions: number }[]
  topic(name: string): TopicReader
  /** Committed offsets of every group, by topic and partition. */
  groups(): ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<number, number>>>
  [Symbol.dispose](): void
}

export function openForReading(disk: Disk, folder: string): FolderReader {
  checkFormatFile(disk, folder)
  const opened = new Map<string, TopicReader>()
  const partitions: PartitionView[] = []
  const topics = () => new Map(Object.entries((readChecked(disk, `${folder}/topics.json`) ?? {}) as Counts))
  return {
    topics: () => [...topics()].map(([name, partitions]) => ({ name, partitions })).sort(byName),
    topic(name) {
      const known = opened.get(name)
      if (known !== undefined) return known
      const count = topics().get(name)
      if (count === undefined) throw new Failure('not-found', `there is no topic ${name} in ${folder}`)
      const views = Array.from(
        { length: count },
        (_, partition) => new PartitionView(disk, `${folder}/topics/${name}-${partition}`),
      )
      partitions.push(...views)
      const topic = topicOf(name, views)
      opened.set(name, topic)
      return topic
    },
    groups() {
      const names = disk.list(`${folder}/groups`).filter((name) => name.endsWith('.json'))
      return new Map(
        names.map((name) => [
          name.slice(0, -'.json'.length),
          decodeGroup(readChecked(disk, `${folder}/groups/${name}`)),
        ]),
      )
    },
    [Symbol.dispose]() {
      for (const view of partitions) view.close()
    },
  }
}

type Counts = { readonly [topic: string]: number }

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1)

function topicOf(name: string, views: readonly PartitionView[]): TopicReader {
  const view = (partition: number): PartitionView => {
    const found = views[partition]
    if (found !== undefined) return found
    throw new Failure('not-found', `topic ${name} has no partition ${partition}: it has 0 to ${views.length - 1}`)
  }
  return {
    name,
    partitions: views.length,
    bounds: (partition) => view(partition).bounds(),
    bytes: (partition) => view(partition).bytes(),
    read: (partition, offset, maxBytes) => view(partition).read(offset, maxBytes),
    refresh() {
      for (const one of views) one.refresh()
    },
  }
}

class PartitionView {
  readonly #disk: Disk
  readonly #folder: string
  readonly #segments: Segment[] = []
  readonly #reader: PartitionReader
  #tail: Tail | undefined
  #end: Place = { position: 0, offset: 0 }

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
    let sum = 0
    for (const { log } of this.#segments) {
      const file = openIfThere(this.#disk, log)
      sum += file?.size() ?? 0
      file?.close()
    }
    return sum
  }

  /** The list is read before the end of the last segment is: one that is made meanwhile is seen the next time. */
  refresh(): void {
    const listed = listSegments(this.#disk, this.#folder)
    const last = listed.at(-1)
    if (last === undefined) return
    const known = this.#segments.filter(({ baseOffset }) => listed.some((one) => one.baseOffset === baseOffset))
    const news = listed.filter(({ baseOffset }) => known.every((one) => one.baseOffset !== baseOffset))
    this.#segments.splice(0, this.#segments.length, ...known, ...news)
    const segment = this.#segments.at(-1) as Segment
    if (this.#tail?.segment !== segment) this.#openTail(segment)
    this.#advance()
  }

  read(offset: number, maxBytes: number): Fetched | undefined {
    const { start, end } = this.bounds()
    if (offset < start || offset > end) {
      const what = offset < start ? `is not kept any more: the first is ${start}` : `is beyond the end, ${end}`
      throw new Failure('not-found', `offset ${offset} of ${this.#folder} ${what}`)
    }
    if (offset === end || this.#tail === undefined) return undefined
    return this.#reader.read({ offset, maxBytes, tail: this.#tail, end: this.#end })
  }

  close(): void {
    this.#tail?.file.close()
    this.#tail = undefined
  }

  #openTail(segment: Segment): void {
    this.close()
    const file = this.#disk.open(segment.log, 'read')
    const points = openIfThere(this.#disk, segment.points)
    const index = new SparseIndex(points ?? NO_POINTS, segment.baseOffset)
    points?.close()
    this.#tail = { segment, file, index }
    const durable = index.durable()
    // A segment that is shorter than it was durable is damaged; that is for its owner to say, and for `fsck`.
    this.#end = durable.position <= file.size() ? durable : { position: 0, offset: segment.baseOffset }
  }

  /** Passes the appends that are there to their end. */
  #advance(): void {
    if (this.#tail === undefined) return
    const { file } = this.#tail
    scanSegment(file, this.#end, file.size(), (batch, at, place) => {
      const tail = readTail(batch, at)
      if (tail === undefined) return false
      if (tail.more) return true
      const position = place.position + batchSize(batch.view, at)
      this.#end = { position, offset: place.offset + batchCount(batch.view, at) }
      return true
    })
  }
}

function openIfThere(disk: Disk, path: string): DiskFile | undefined {
  try {
    return disk.open(path, 'read')
  } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') return undefined
    throw error
  }
}

/** In place of a file of points that is not there: all is found by reading the segment. */
const NO_POINTS: DiskFile = {
  path: '',
  size: () => 0,
  whereabouts: () => 'gone',
  read: () => 0,
  write() {},
  truncate() {},
  async sync() {},
  close() {},
}
