/**
 * A file that rows are appended to, shared by `csv` and `ndjson`. Every write is in the file at once, so `tail -f` shows it.
 * The checkpoint keeps the length, and a restart cuts the file back to it: later rows are delivered again.
 *
 * Nobody else writes to the file, and a mark says whose it is (`file-owner.ts`). Where somebody cuts it or moves it away, rows
 * would go where nobody finds them, and where somebody writes to it, over theirs: so every write and every flush looks for
 * that, and it is a failure until the file is as it was.
 *
 * A terminal, a pipe, and what the shell has opened (`/dev/stdout`), are no files of a sink: nothing is kept of them.
 */
import { dirname, resolve } from 'node:path'
import type * as z from 'zod'
import { type DiskFile, isThere, sizeOf } from '../base/disk/disk.ts'
import { leadsToHandle, realPathOf } from '../base/disk/links.ts'
import { whyNotWritable } from '../base/disk/writable.ts'
import { Failure } from '../base/failure.ts'
import { shortForm } from '../base/options.ts'
import { takeFile } from '../data/file-owner.ts'
import type { Encoder } from '../format/format.ts'
import type { Field } from '../record/type.ts'
import { defineSink, type LostFile, type Sink, type SinkContext, type SinkState, type SinkType } from './sink.ts'

const NEWLINE = 10

/** A sink that appends to the file at `path`, which is also the short form of its options. */
export function appendFileSink<Options extends { readonly path: string }>(
  named: Pick<SinkType, 'name' | 'summary'>,
  options: z.ZodType<Options>,
  encoderOf: (fields: readonly Field[], options: Options) => Encoder,
): SinkType {
  return defineSink<Options>({
    ...named,
    oneHost: () => 'appends to a file of one machine',
    writes: 'transactional',
    options: shortForm('path', options),
    owns: ({ path }, folder) => realPathOf(resolve(folder, path)),
    lookAhead: ({ path }, folder) => whyNotWritable(resolve(folder, path), 'file'),
    lost: (state, { path }, where) => lostOf(state, path, where),
    open: (chosen, context) => openAppendFile(chosen.path, encoderOf(context.fields, chosen), context),
  })
}

/** Opens the file of a sink, at the length of its last state. Throws a Failure where the file is gone or shorter. */
async function openAppendFile(
  path: string,
  encoder: Encoder,
  { disk, folder, name, state, data, remember }: SinkContext,
): Promise<Sink> {
  const whole = resolve(folder, path)
  const isKept = state?.path === path && typeof state.length === 'number' && !leadsToHandle(whole)
  const kept = isKept ? (state.length as number) : undefined
  if (kept !== undefined && kept > 0 && !isThere(disk, whole)) throw gone(`sink ${name}: ${whole}`, kept)
  await disk.mkdir(dirname(whole))
  const wasThere = isThere(disk, whole)
  const file = disk.open(whole, 'write')
  try {
    // The mark lies beside the file itself, wherever a link to it is.
    const real = realPathOf(whole)
    if (file.whereabouts() === 'there') await takeFile(disk, real, data, name)
    // A state without an entry is of an older tailrace, which does not say what the file had.
    if (kept === undefined && file.whereabouts() !== 'no file') {
      await remember({ kind: 'file', path: real, length: wasThere ? file.size() : null })
    }
    const length = kept === undefined ? startAfter(file, encoder.head) : cutBack(file, kept, `sink ${name}`)
    if (file.whereabouts() !== 'no file') await disk.syncFolder(dirname(real))
    return appendingTo(file, path, length, encoder)
  } catch (error) {
    file.close()
    throw error
  }
}

/** Appends rows to a file from `start` on, which is its length. */
function appendingTo(file: DiskFile, path: string, start: number, encoder: Encoder): Sink {
  let length = start
  let synced = -1
  /** Whether bytes of a write that failed may still be behind the length. */
  let hasRest = false
  /** A write that fails leaves the length as it was. Half a row is nothing that a reader should see, so it is cut off. */
  const append = (bytes: Uint8Array) => {
    hasRest = true
    try {
      file.write([bytes], length)
    } catch (error) {
      hasRest = !isCutTo(file, length)
      throw error
    }
    length += bytes.length
    hasRest = false
  }
  if (length === 0 && encoder.head !== undefined) append(encoder.head)
  return {
    async write({ rows }) {
      checkIsOurs(file, length, hasRest)
      if (rows.count > 0) append(encoder.encode(rows, 0, rows.count))
      return undefined
    },
    async flush() {
      checkIsOurs(file, length, hasRest)
      const flushed = length
      if (flushed !== synced) await file.sync()
      synced = flushed
      return file.whereabouts() === 'no file' ? { path } : { path, length: flushed }
    },
    async [Symbol.asyncDispose]() {
      file.close()
    },
  }
}

function isCutTo(file: DiskFile, length: number): boolean {
  try {
    if (file.size() > length) file.truncate(length)
    return true
  } catch {
    return false
  }
}

/** Throws a Failure where the file was moved or removed, or has not `length` bytes; more, only where it may have a rest. */
function checkIsOurs(file: DiskFile, length: number, hasRest: boolean): void {
  const now = file.whereabouts()
  if (now === 'no file') return
  if (now !== 'there') {
    const what = now === 'gone' ? 'no longer exists' : 'is another file now'
    throw new Failure('corrupt', `${file.path} ${what}: it was moved or removed by somebody else`, { hint: PUT_BACK })
  }
  const size = file.size()
  if (size < length) throw tooShort(file.path, size, length)
  if (size > length && !hasRest) {
    throw new Failure('corrupt', `${file.path} has ${size} bytes, but ${length} were written to it`, {
      hint: 'somebody else writes to it: end that, and cut the file back to what was written, or let the sink write to another path',
    })
  }
}

function cutBack(file: DiskFile, length: number, subject: string): number {
  const size = file.size()
  if (size < length) throw tooShort(`${subject}: ${file.path}`, size, length)
  if (size > length) file.truncate(length)
  return length
}

export const PUT_BACK = 'put it back, or let the sink write to another path'

const gone = (what: string, length: number): Failure =>
  new Failure('corrupt', `${what} no longer exists, but ${length} bytes were written to it`, { hint: PUT_BACK })

/** The Failure of a file that was cut: it has `size` bytes, where `length` were written. `what` begins the message. */
export const tooShort = (what: string, size: number, length: number): Failure =>
  new Failure('corrupt', `${what} has ${size} bytes, but ${length} were written to it`, {
    hint: `it was cut or replaced by somebody else: ${PUT_BACK}`,
  })

/** The file of a state, where it is gone or shorter than the state says. */
function lostOf(
  state: SinkState,
  path: string,
  { disk, folder }: Pick<SinkContext, 'disk' | 'folder'>,
): readonly LostFile[] {
  if (state.path !== path || typeof state.length !== 'number') return []
  const whole = resolve(folder, path)
  if (leadsToHandle(whole)) return []
  const size = sizeOf(disk, whole)
  if (size !== undefined && size >= state.length) return []
  const now = size === undefined ? 'does not exist' : `has ${size} bytes`
  return [{ path: whole, nature: `${now}, but ${state.length} bytes were written to it` }]
}

/**
 * Where rows are appended to a file that no state knows: after its content, on a line of their own. Half a head was left by
 * a crash in the file's first moment, and is written over.
 */
function startAfter(file: DiskFile, head: Uint8Array = new Uint8Array(0)): number {
  const size = file.size()
  if (size < head.length) {
    const found = new Uint8Array(size)
    if (file.read(found, 0) === size && Buffer.compare(found, head.subarray(0, size)) === 0) return 0
  }
  const last = new Uint8Array(1)
  if (size === 0 || (file.read(last, size - 1) === 1 && last[0] === NEWLINE)) return size
  file.write([new Uint8Array([NEWLINE])], size)
  return size + 1
}
