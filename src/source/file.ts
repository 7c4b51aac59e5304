/**
 * Reads lines from files: one path, or all that a glob names, in order of name. A growing file is followed by asking for
 * its size again and again; packed files (`.gz`, `.zst`) are read once.
 *
 * The place has, of every file, which one it was (inode) and the end of the last line taken, so the same lines are never
 * delivered twice. Half a last line waits for its end; where the run ends with the input, it is a line.
 */
import { open, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { Failure } from '../base/failure.ts'
import { shortForm } from '../base/options.ts'
import { byteSize, byteText, duration } from '../base/units.ts'
import type { Records } from '../record/column.ts'
import { makeChunkPool } from './chunk-pool.ts'
import { checkReadable, type FileSet, fileFailure, openFileSet, relativeHint } from './file-find.ts'
import { type Packing, packingOfName, readPacked } from './file-packed.ts'
import {
  type Deliver,
  defineSource,
  type Source,
  type SourceContext,
  type SourcePlace,
  type SourceType,
} from './source.ts'
import { readStreamLines } from './stream-lines.ts'
import { LineCutter } from './whole-lines.ts'

const CHUNK_BYTES = 2 << 20
const LEAST_READ = 4096
/** A glob is expanded again after so many looks at the files it had. */
const LOOKS_PER_SEARCH = 10

type Options = { readonly path: string; readonly max_line: number; readonly poll: number }

/** What is known of a file: kept in the place. */
type FilePlace = {
  readonly inode: number
  /** The end of the last line taken, in bytes of its text. */
  readonly offset: number
  /** A packed file that was read to its end. */
  readonly done: boolean
}

/** A file that is being read. */
type Reading = { inode: number; cutter: LineCutter; position: number; done: boolean }

export const file: SourceType = defineSource<Options>({
  name: 'file',
  summary: 'Reads lines from files and follows them as they grow; .gz and .zst are unpacked.',
  replayable: true,
  options: shortForm(
    'path',
    z.strictObject({
      path: z.string().min(1),
      max_line: byteSize.prefault('1MiB'),
      poll: duration.prefault('200ms'),
    }),
  ),
  async open(options, context) {
    const who = `source ${context.name}`
    const files = await openFileSet(options.path, context.folder)
    if (!files.isGlob) await checkReadable(options.path, context.folder, who)
    else if ((await files.find()).length === 0) {
      const message = `no file matches ${options.path}`
      const hint = relativeHint(options.path, context.folder)
      if (context.untilEnd) throw new Failure('not-found', `${who}: ${message}`, hint === undefined ? {} : { hint })
      context.warn(`${message} yet`)
    }
    return new FileSource(files, options, context)
  },
})

class FileSource implements Source {
  readonly describe: string
  readonly #files: FileSet
  readonly #options: Options
  readonly #context: SourceContext
  readonly #chunks = makeChunkPool(CHUNK_BYTES)
  readonly #reading = new Map<string, Reading>()
  readonly #before: ReadonlyMap<string, FilePlace>
  #line: number

  constructor(files: FileSet, options: Options, context: SourceContext) {
    this.describe = `file ${options.path}`
    this.#files = files
    this.#options = options
    this.#context = context
    const { line, files: before } = context.place ?? {}
    this.#line = typeof line === 'number' ? line : 0
    this.#before = new Map(Object.entries((before ?? {}) as { [path: string]: FilePlace }))
  }

  async run(deliver: Deliver): Promise<void> {
    const { signal, clock, untilEnd } = this.#context
    let paths = await this.#files.find()
    for (let look = 1; !signal.aborted; look++) {
      let grew = false
      for (const path of paths) if (await this.#readNew(path, deliver)) grew = true
      if (untilEnd || signal.aborted) return
      if (!grew) await clock.sleep(this.#options.poll, signal).catch(() => undefined)
      if (look % LOOKS_PER_SEARCH === 0) paths = await this.#files.find()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  /** Reads what a file has beyond what was read of it; false where that is nothing. */
  async #readNew(path: string, deliver: Deliver): Promise<boolean> {
    const whole = resolve(this.#context.folder, path)
    try {
      const reading = await this.#reopen(path, whole)
      if (reading === undefined || reading.done) return false
      const take = async (lines: Records) => {
        if (lines.count === 0) {
          lines.lease?.release()
          return
        }
        this.#line += lines.count
        await deliver(lines, this.#place())
      }
      const packing = packingOfName(path)
      if (packing === undefined) return await this.#readPlain(whole, reading, take)
      return await this.#readPacked(whole, packing, reading, take)
    } catch (error) {
      throw fileFailure(error, whole, `source ${this.#context.name}`)
    }
  }

  /** The reading of a file as it is now: a file that was replaced or cut is another, and is read from its start. */
  async #reopen(path: string, whole: string): Promise<Reading | undefined> {
    const known = this.#reading.get(path)
    const found = await stat(whole).catch((error) => (error.code === 'ENOENT' ? undefined : Promise.reject(error)))
    if (found === undefined) {
      if (known !== undefined || !this.#files.isGlob) this.#vanished(path)
      return undefined
    }
    const before = known ?? this.#before.get(path)
    const reached = known?.position ?? this.#before.get(path)?.offset ?? 0
    const isSame = before?.inode === found.ino && (packingOfName(path) !== undefined || found.size >= reached)
    if (isSame && known !== undefined) return known
    if (before !== undefined && !isSame) {
      const why = before.inode === found.ino ? `is shorter than what was read of it, ${reached} bytes` : 'was replaced'
      this.#context.warn(`${path} ${why}; it is read from its start`)
    }
    const last = isSame ? this.#before.get(path) : undefined
    const reading: Reading = {
      inode: found.ino,
      cutter: this.#cutter(path, last?.offset ?? 0),
      position: last?.offset ?? 0,
      done: last?.done ?? false,
    }
    this.#reading.set(path, reading)
    return reading
  }

  #vanished(path: string): void {
    if (this.#reading.delete(path)) this.#context.warn(`${path} is not there any more`)
  }

  #cutter(path: string, offset: number): LineCutter {
    const { warn } = this.#context
    const limit = byteText(this.#options.max_line)
    return new LineCutter(
      this.#options.max_line,
      (at) => warn(`the line at byte ${at} of ${path} is left out: it is longer than max_line, ${limit}`),
      offset,
    )
  }

  async #readPlain(whole: string, reading: Reading, take: (lines: Records) => Promise<void>): Promise<boolean> {
    const { signal, untilEnd } = this.#context
    const { cutter } = reading
    const began = reading.position
    const handle = await open(whole)
    try {
      const { size } = await handle.stat()
      while (!signal.aborted) {
        const kept = cutter.kept
        const free = Math.min(CHUNK_BYTES, Math.max(LEAST_READ, size - reading.position))
        const chunk = this.#chunks.take(kept + free)
        cutter.begin(chunk.bytes)
        const { bytesRead } = await handle.read(chunk.bytes, kept, free, reading.position)
        if (bytesRead === 0) {
          chunk.lines.lease?.release()
          if (untilEnd) await take(cutter.lines(cutter.rest()))
          break
        }
        reading.position += bytesRead
        await take(cutter.lines(cutter.cut(chunk.bytes.subarray(0, kept + bytesRead)), chunk.lines))
      }
      return reading.position > began
    } finally {
      await handle.close()
    }
  }

  async #readPacked(
    whole: string,
    packing: Packing,
    reading: Reading,
    take: (lines: Records) => Promise<void>,
  ): Promise<boolean> {
    const { cutter } = reading
    const text = readPacked(whole, packing, cutter.offset)
    reading.done = await readStreamLines(text, cutter, this.#context.signal, take)
    return true
  }

  #place(): SourcePlace {
    const files: { [path: string]: FilePlace } = Object.fromEntries(this.#before)
    for (const [path, { inode, cutter, done }] of this.#reading) files[path] = { inode, offset: cutter.offset, done }
    return { line: this.#line, files }
  }
}
