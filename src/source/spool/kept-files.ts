/**
 * Files that were taken and stay in the folder, so that they are not taken again: all of them where the pipeline file says
 * `done: keep`, else those with which something is wrong. They are kept in the source's journal in the data folder
 * (`data/step-journal.ts`), one step for the files that came to stay together:
 *
 *   CRC32C {"step":3,"kept":[{"name":"a.json","id":"8:1","seen":"…","print":"…","first":180,"count":20}],"gone":["8:9"]}
 *
 * Without a journal, as in tests, they are all in the place of the source.
 */
import { readSteps, StepWriter } from '../../data/step-journal.ts'
import type { SourceJournal } from '../source.ts'
import type { TakenFile } from './place.ts'

const GROWTH = { bytes: 1 << 20, times: 4 } as const
/** Files that are gone are forgotten once there are this many more than files in the folder: a disk may be away for a while. */
const GONE_KEPT = 1000

type KeptStep = { readonly step: number; readonly kept: readonly TakenFile[]; readonly gone: readonly string[] }

/** The files that stay, by device and inode. */
export class KeptFiles {
  readonly #journal: SourceJournal | undefined
  readonly #writer: StepWriter<KeptStep> | undefined
  readonly #files = new Map<string, TakenFile>()
  #step = 0

  /** Reads the journal, unless the source `isNew`. Throws a Failure `corrupt` for damage. */
  constructor(journal: SourceJournal | undefined, isNew: boolean) {
    this.#journal = journal
    this.#writer = journal && new StepWriter(journal.disk, journal.path, GROWTH)
    const steps = journal && !isNew ? readSteps<Partial<KeptStep> & { step: number }>(journal.disk, journal.path) : []
    // A source of another kind may have had this name, and other steps.
    for (const { step, kept = [], gone = [] } of steps ?? []) {
      for (const file of kept) this.#files.set(file.id, file)
      for (const id of gone) this.#files.delete(id)
      this.#step = step
    }
  }

  get size(): number {
    return this.#files.size
  }

  /** The file that was taken with this device and inode. */
  under(id: string): TakenFile | undefined {
    return this.#files.get(id)
  }

  /** Files that no journal keeps. */
  get unkept(): readonly TakenFile[] {
    return this.#journal === undefined ? [...this.#files.values()] : []
  }

  /** Keeps files; durable when it resolves. `found` says whether a file is still there. */
  async add(kept: readonly TakenFile[], found: { has(id: string): boolean; readonly size: number }): Promise<void> {
    for (const file of kept) this.#files.set(file.id, file)
    const isMany = this.#files.size > 2 * found.size + GONE_KEPT
    const gone = isMany ? [...this.#files.keys()].filter((id) => !found.has(id)) : []
    for (const id of gone) this.#files.delete(id)
    const { fullDisk } = this.#journal ?? {}
    const writer = this.#writer
    if (writer === undefined || fullDisk === undefined) return
    this.#step++
    const whole = (): KeptStep => ({ step: this.#step, kept: [...this.#files.values()], gone: [] })
    const write = writer.isLong
      ? () => writer.begin(whole())
      : () => writer.add({ step: this.#step, kept: kept.filter(({ id }) => this.#files.has(id)), gone })
    await fullDisk.whenRoom(write)
  }
}
