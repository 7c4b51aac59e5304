/** How far a source of files has come: what of its place has changed since the last delivery, and what has ended. */
import { type Generation, keptPlace } from './follow.ts'
import type { ReadFile, ReadFiles } from './missed.ts'
import type { Ended, FilePlace, FilesChange, LastRun } from './place.ts'
import { type FilePrint, NO_PRINT } from './print.ts'

/** The number of ended generations that the place keeps. */
const KEPT_ENDS = 8
/** The number of ended generations whose files are known while the source runs. */
const KEPT_FILES = 20

/** Counts the lines of a source, and numbers its inputs. */
export class FilesProgress {
  /** The next number of an input. */
  #next = 0
  #line = 0
  /** When any of the files that were read had been written to last. */
  #changed = 0
  /** The last generations that have ended, and what the next place says of those; null: nothing any more. */
  readonly #ended: string[] = []
  readonly #endedFiles: ReadFile[] = []
  readonly #endings = new Map<string, Ended | null>()
  /** By input, how many deliveries of it are not durable yet. */
  readonly #waiting = new Map<string, number>()
  /** What has ended, with lines that are not durable: after a crash it may have to be read again, so its place is kept. */
  readonly #unsaid = new Map<string, Ended>()
  readonly #knowsEnded: boolean

  /** `knowsEnded`: whether it matters after a restart which files were read to their end, as rotations beside a path are searched. */
  constructor(knowsEnded: boolean) {
    this.#knowsEnded = knowsEnded
  }

  /** Goes on where the last run stopped. */
  resume({ generations, ended, next, line }: LastRun): void {
    this.#next = next
    this.#line = line
    for (const { last } of generations) this.readTo(last.changed ?? 0)
    if (this.#knowsEnded) for (const one of ended.slice(-KEPT_ENDS)) this.#keepEnd(one.input, one.line, one.print)
  }

  /** Notes that a file was read which had been written to last at this time, ms since 1970. */
  readTo(changed: number): void {
    this.#changed = Math.max(this.#changed, changed)
  }

  /** What has ended by now, and up to when files were read. */
  get ended(): ReadFiles {
    return { files: this.#endedFiles, changed: this.#changed }
  }

  /** Counts lines of a generation, and gives the number of its input. */
  count(generation: Generation, lines: number): string {
    generation.input ??= String(this.#next++)
    generation.line += lines
    generation.print ??= NO_PRINT
    generation.hasNews = true
    this.#line += lines
    return generation.input
  }

  /** Notes lines of an input that are on their way. */
  append(input: string, durable: Promise<void>): void {
    this.#waiting.set(input, (this.#waiting.get(input) ?? 0) + 1)
    durable.then(
      () => {
        const left = (this.#waiting.get(input) ?? 0) - 1
        if (left > 0) this.#waiting.set(input, left)
        else this.#waiting.delete(input)
      },
      // The delivery after this one is refused.
      () => undefined,
    )
  }

  /** Notes that a generation has ended. */
  end({ input, line, print }: Generation): void {
    if (input !== undefined) this.#keepEnd(input, line, print)
  }

  #keepEnd(input: string, line: number, print: FilePrint | undefined): void {
    this.#endedFiles.push({ id: undefined, print })
    if (this.#endedFiles.length > KEPT_FILES) this.#endedFiles.shift()
    this.#unsaid.set(input, { line, ...(this.#knowsEnded && print !== undefined && { print: withoutBack(print) }) })
  }

  #sayEnd(input: string, ended: Ended): void {
    this.#unsaid.delete(input)
    this.#ended.push(input)
    this.#endings.set(input, ended)
    const last = this.#ended.length > KEPT_ENDS ? this.#ended.shift() : undefined
    if (last !== undefined) this.#endings.set(last, null)
  }

  /** What has changed of the place since it was asked for last. */
  changes(generations: readonly Generation[]): FilesChange {
    for (const [input, ended] of this.#unsaid) if (!this.#waiting.has(input)) this.#sayEnd(input, ended)
    const parts: { [input: string]: FilePlace | Ended | null } = Object.fromEntries(this.#endings)
    this.#endings.clear()
    for (const generation of generations) {
      if (!generation.hasNews) continue
      generation.hasNews = false
      const [input, place] = keptPlace(generation) ?? []
      if (input !== undefined && place !== undefined) parts[input] = place
    }
    return { line: this.#line, next: this.#next, parts }
  }
}

/** A print as it is compared with whole copies. */
const withoutBack = ({ at, head, tail }: FilePrint): FilePrint => ({ at, head, tail })
