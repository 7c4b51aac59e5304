/**
 * Finds the files of a source, again and again, and says in which order they are read: those that are read already go on
 * first, and new ones begin in the order of time.
 */
import type { SourceContext } from '../source.ts'
import { type FileSet, type FoundFile, findAll } from './find.ts'
import { FirstTimes } from './first-time.ts'
import { isRead } from './follow.ts'
import type { Generations } from './generations.ts'
import type { LeftOutFiles } from './left-out.ts'
import { missedRotations, type ReadFiles } from './missed.ts'
import { inOrderOfTime } from './order.ts'

/** A glob is expanded again after this many looks at the files that it matched. */
const LOOKS_PER_SEARCH = 10

/** Files by device and inode: one with several names is read once. */
export type FoundFiles = ReadonlyMap<string, FoundFile>

type Searching = {
  readonly files: FileSet
  readonly path: string
  readonly context: Pick<SourceContext, 'folder' | 'form'>
  readonly generations: Generations
  readonly leftOut: LeftOutFiles
}

/** Searches for the files of one source. */
export class FileSearch {
  readonly #searching: Searching
  readonly #firstTimes: FirstTimes
  /** The names that the pattern matched at the last search. */
  #paths: readonly string[] = []
  #looksToSearch = 0

  constructor(searching: Searching) {
    this.#searching = searching
    this.#firstTimes = new FirstTimes(searching.context.form)
  }

  get isGlob(): boolean {
    return this.#searching.files.isGlob
  }

  /** The files that the pattern matches now. */
  async find(): Promise<FoundFiles> {
    const { context, generations, leftOut } = this.#searching
    if (this.#looksToSearch-- <= 0) await this.#search()
    const found = await findAll(this.#paths, context.folder, leftOut.add)
    const isNew = [...found.keys()].some((id) => generations.under(id) === undefined)
    const isGone = generations.all.some(({ state }) => state.kind === 'named' && !found.has(state.file.id))
    if (!this.isGlob || !(isNew || isGone)) return found
    await this.#search()
    return findAll(this.#paths, context.folder, leftOut.add)
  }

  /** Expands the glob at the next look. */
  expandSoon(): void {
    this.#looksToSearch = 0
  }

  async #search(): Promise<void> {
    const { files, leftOut } = this.#searching
    this.#paths = await files.find(leftOut.add)
    this.#looksToSearch = LOOKS_PER_SEARCH
  }

  /** The files that were found in the order in which they are read, with those that one path has missed. */
  async inOrder(found: FoundFiles, ended: ReadFiles): Promise<readonly FoundFile[]> {
    const { generations, context } = this.#searching
    const begun: (readonly [input: number, here: FoundFile])[] = []
    const unread: FoundFile[] = []
    for (const here of found.values()) {
      const known = generations.under(here.id)
      if (known !== undefined && isRead(known)) begun.push([Number(known.input), here])
      else unread.push(here)
    }
    const read = begun.sort(([a], [b]) => a - b).map(([, here]) => here)
    if (!this.isGlob) {
      // The rest of what had the path comes first, and it is searched for.
      return generations.isHeld() ? read : [...read, ...(await this.#missedBefore(unread, ended)), ...unread]
    }
    if (unread.length < 2) return [...read, ...unread]
    return [...read, ...inOrderOfTime(unread, await this.#firstTimes.of(unread), context.form?.timeAt)]
  }

  /** Where one path leads to a new file: the rotations that come before it and were never read. */
  async #missedBefore([live]: readonly FoundFile[], ended: ReadFiles): Promise<readonly FoundFile[]> {
    const { context, generations, path } = this.#searching
    // Its file was cut: what it had is searched for first.
    if (live === undefined || generations.all.some((one) => isRead(one) && one.state.file.id === live.id)) return []
    // Inodes are used again, so that of a file which is gone says nothing.
    const followed = generations.all.filter(isRead).map(({ state, print }) => {
      return { id: state.kind === 'lost' ? undefined : state.file.id, print }
    })
    return missedRotations(path, context.folder, { files: [...ended.files, ...followed], changed: ended.changed })
  }
}
