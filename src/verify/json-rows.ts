/** Rows as a file that another engine reads: a JSON object a line, as our own topics of results have them. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { Failure } from '../base/failure.ts'
import type { Batch } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import { rowEncoder } from '../topic/row-records.ts'

export type JsonRows = {
  write(batch: Batch): void
  end(): void
}

const NEWLINE = 10
const CHUNK_BYTES = 1 << 20

/** Opens the file, empty. Throws a Failure where it cannot be written. */
export function openJsonRows(path: string, fields: readonly Field[]): JsonRows {
  const encode = rowEncoder(fields, undefined)
  const attempt = <Result>(work: () => Result): Result => {
    try {
      return work()
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      throw new Failure(code === 'ENOSPC' ? 'full' : 'io', `the rows cannot be written to ${path}: ${message}`, {
        hint: 'The folder for them is chosen by --folder.',
        cause: error,
      })
    }
  }
  const file = attempt(() => openSync(path, 'w'))
  let chunk = new Uint8Array(CHUNK_BYTES)
  let used = 0
  const flush = () => {
    for (let at = 0; at < used; ) at += attempt(() => writeSync(file, chunk, at, used - at))
    used = 0
  }
  const add = (bytes: Uint8Array) => {
    if (used + bytes.length + 1 > chunk.length) flush()
    if (bytes.length + 1 > chunk.length) chunk = new Uint8Array(2 * bytes.length)
    chunk.set(bytes, used)
    used += bytes.length
    chunk[used++] = NEWLINE
  }
  return {
    write(batch) {
      const { values } = encode(batch, 0)
      for (let row = 0; row < batch.count; row++) add(values.bytes.subarray(values.start[row], values.end[row]))
      values.lease?.release()
    },
    end() {
      flush()
      closeSync(file)
    },
  }
}
