/**
 * Bounds how many files a source has open. Beyond the limit those that were not used for longest are closed, and opened again
 * when they have grown. A file without a name stays open, as it could not be opened again: it was among these before.
 */
import { closeGeneration, fileOf, type Generation } from './follow.ts'
import { isOpen } from './followed-file.ts'

const MAX_OPEN = 256

/** The generations whose files are open, the one that was used last at the end. */
export class OpenHandles {
  readonly #used = new Set<Generation>()

  /** Notes that the file of a generation may have been opened, and closes others where too many are open. */
  async note(generation: Generation): Promise<void> {
    this.#used.delete(generation)
    if (hasOpenFile(generation)) this.#used.add(generation)
    if (this.#used.size <= MAX_OPEN) return
    for (const quiet of this.#used) {
      if (hasOpenFile(quiet) && quiet.state.kind !== 'named') continue
      this.#used.delete(quiet)
      await closeGeneration(quiet)
      if (this.#used.size <= MAX_OPEN) return
    }
  }

  /** Forgets a generation that is not followed any more. */
  drop(generation: Generation): void {
    this.#used.delete(generation)
  }
}

function hasOpenFile(generation: Generation): boolean {
  const file = fileOf(generation)
  return file !== undefined && isOpen(file)
}
