/**
 * Makes a finished file of each record, exactly once over any crash, also where a reader has taken the file at once. A few
 * records go this way together:
 *
 *   1. each is written to a hidden file in the folder, `.tailrace-LIFE-pPARTITION-OFFSET.tmp`, durably
 *   2. a note says, durably, which hidden file gets which name, and which offsets are done with then
 *   3. each hidden file is renamed
 *
 * A crash before 2 leaves hidden files that no note names: they are removed, and their records come again. After 2, a hidden
 * file that is there was not renamed and is renamed now; one that is not there was, whatever became of it. Records that come
 * again although the note is done with them are passed over. The note is `note.json` in the scratch folder of the sink:
 *
 *   {"content":{"life":"…","next":{"0":12},"names":{"unit":1796061600,"used":3},"files":[["….tmp","a.json"], …]},"crc32c":"…"}
 */
import { join } from 'node:path'
import { type Disk, isThere } from '../../base/disk/disk.ts'
import { Failure } from '../../base/failure.ts'
import type { Offset } from '../../base/quantity.ts'
import { readChecked, writeChecked } from '../../data/checked-json.ts'
import type { Records } from '../../record/column.ts'
import type { Names, NamesState } from './names.ts'

/** The most records that go together, and so the most files that are open at once. */
const TOGETHER = 64

/** Offsets that are done with, by partition. */
export type NextOffsets = { readonly [partition: string]: Offset }

type Note = {
  /** The delivery of the topic that it belongs to: in another one, the same offsets are other records. */
  readonly life: string
  readonly next: NextOffsets
  readonly names: NamesState
  readonly files: readonly (readonly [hidden: string, name: string])[]
}

export type SpoolFolder = {
  readonly disk: Disk
  readonly folder: string
  readonly scratch: string
  readonly life: string
}

/** Records of one partition, the first at `baseOffset`, with the arrival of each. */
export type Arrived = {
  readonly partition: number
  readonly baseOffset: Offset
  readonly records: Records
  arrivalOf(record: number): number
}

const notePath = (scratch: string): string => join(scratch, 'note.json')

/** The offsets that the last note of a life is done with; none where it has none. Throws a Failure `corrupt` for damage. */
export function nextOffsetsIn({ disk, scratch, life }: Omit<SpoolFolder, 'folder'>): NextOffsets {
  return noteOf({ disk, scratch, life })?.next ?? {}
}

function noteOf({ disk, scratch, life }: Omit<SpoolFolder, 'folder'>): Note | undefined {
  if (!isThere(disk, notePath(scratch))) return undefined
  const note = readChecked(disk, notePath(scratch)) as Note
  return note.life === life ? note : undefined
}

/** The names that were given by the last note of a life. */
export const namesStateIn = (place: Omit<SpoolFolder, 'folder'>): NamesState =>
  noteOf(place)?.names ?? { unit: null, used: 0 }

/** Publishes the records of one sink. */
export class Publisher {
  readonly #place: SpoolFolder
  readonly #names: Names
  #next: NextOffsets
  /** Files of the last note, which may not all be renamed. */
  #files: Note['files']

  private constructor(place: SpoolFolder, names: Names) {
    const note = noteOf(place)
    this.#place = place
    this.#names = names
    this.#next = note?.next ?? {}
    this.#files = note?.files ?? []
  }

  /** Finishes what a crash has left half done. */
  static async open(place: SpoolFolder, names: Names): Promise<Publisher> {
    const { disk, folder, scratch } = place
    await disk.mkdir(scratch)
    await disk.mkdir(folder)
    const publisher = new Publisher(place, names)
    await publisher.#rename()
    const left = disk.list(folder).filter((name) => name.startsWith(prefixOf(place)))
    for (const name of left) disk.unlink(join(folder, name))
    return publisher
  }

  /** Publishes records that are not yet. After a Failure, the same call may be repeated. */
  async publish({ partition, baseOffset, records, arrivalOf }: Arrived): Promise<void> {
    await this.#rename()
    const first = Math.max(0, (this.#next[partition] ?? 0) - baseOffset)
    for (let from = first; from < records.count; from += TOGETHER) {
      const to = Math.min(records.count, from + TOGETHER)
      await this.#publish({ partition, baseOffset, records, arrivalOf }, from, to)
    }
  }

  async #publish({ partition, baseOffset, records, arrivalOf }: Arrived, from: number, to: number): Promise<void> {
    const { disk, folder, scratch, life } = this.#place
    const before = this.#names.state
    try {
      await disk.mkdir(folder)
      const used = new Set(disk.list(folder))
      const files: (readonly [string, string])[] = []
      for (let record = from; record < to; record++) {
        const offset = baseOffset + record
        const name = this.#names.of({ partition, offset, arrival: arrivalOf(record) }, (one) => used.has(one))
        files.push([`${prefixOf(this.#place)}p${partition}-${offset}.tmp`, name])
        used.add(name)
      }
      await this.#write(files, records, from)
      const next = { ...this.#next, [partition]: baseOffset + to }
      const note: Note = { life, next, names: this.#names.state, files }
      await writeChecked(disk, notePath(scratch), note)
      this.#next = next
      this.#files = files
    } catch (error) {
      this.#names.state = before
      throw error
    }
    await this.#rename()
  }

  /** Writes the records from `from` on to hidden files, durably. */
  async #write(files: Note['files'], { bytes, start, end }: Records, from: number): Promise<void> {
    const { disk, folder } = this.#place
    const syncing = files.map(async ([hidden], i) => {
      const file = disk.open(join(folder, hidden), 'write')
      try {
        file.truncate(0)
        file.write([bytes.subarray(start[from + i], end[from + i])], 0)
        await file.sync()
      } finally {
        file.close()
      }
    })
    // None may go on behind the back of a repeated call.
    for (const written of await Promise.allSettled(syncing)) if (written.status === 'rejected') throw written.reason
    await disk.syncFolder(folder)
  }

  /** Gives the files of the last note their names, those that do not have them yet, durably. */
  async #rename(): Promise<void> {
    if (this.#files.length === 0) return
    const { disk, folder } = this.#place
    const names = new Set(disk.list(folder))
    for (const [hidden, name] of this.#files) {
      if (names.has(hidden)) disk.rename(join(folder, hidden), join(folder, name))
    }
    await disk.syncFolder(folder)
    this.#files = []
  }

  get next(): NextOffsets {
    return this.#next
  }
}

const prefixOf = ({ life }: Pick<SpoolFolder, 'life'>): string => `.tailrace-${life}-`

/** Throws a Failure where the note is behind what the last checkpoint says. */
export function checkNext(found: NextOffsets, kept: NextOffsets, subject: string): void {
  for (const [partition, next] of Object.entries(kept)) {
    if ((found[partition] ?? 0) >= next) continue
    throw new Failure('corrupt', `${subject}: its note of the files that it has made is gone or old`, {
      hint: 'put back a copy of the whole data folder, or let the sink write to another folder under another name',
    })
  }
}
