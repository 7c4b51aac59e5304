/**
 * A lookup table in a file of this machine: CSV, TSV, JSON lines, a JSON document or Parquet. A program that changes it should write the new
 * content beside it and rename it: a file that is read while it is written is refused where it is no table, and else is a version of
 * its own.
 */
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import * as z from 'zod'
import { Failure } from '../../base/failure.ts'
import { shortForm } from '../../base/options.ts'
import type { Duration } from '../../base/quantity.ts'
import { duration } from '../../base/unit-options.ts'
import { byteText } from '../../base/units.ts'
import { defineLookup, type LookupType } from './lookup.ts'
import type { WrittenTable } from './rows.ts'

type Options = WrittenTable & { readonly poll: Duration }

/** The most bytes of a file: it is read whole, and each version is kept. */
const MOST_BYTES = 256 << 20

const options = shortForm(
  'path',
  z.strictObject({
    path: z.string().min(1),
    format: z.enum(['csv', 'tsv', 'json', 'parquet']).optional(),
    delimiter: z.string().optional(),
    null: z.string().optional(),
    header: z.boolean().optional(),
    poll: duration.refine((ms) => ms > 0, 'a poll is longer than 0 s').prefault('10s'),
  }),
) as unknown as z.ZodType<Options>

export const fileTable: LookupType = defineLookup<Options>({
  name: 'file',
  summary: 'A file that queries look rows up in by their key: CSV, TSV, JSON lines, a JSON document or Parquet.',
  options,
  shown: ({ path }) => `file ${path}`,
  pollMs: ({ poll }) => poll,
  form: ({ format, delimiter, null: nothing, header }) => ({ format, delimiter, null: nothing, header }),
  look({ path }, folder) {
    const found = inFile(path, () => statSync(resolve(folder, path), { bigint: true }))
    if (!found.isFile()) throw noFile(path)
    const { size, mtimeNs, ino, dev } = found
    return `${dev} ${ino} ${size} ${mtimeNs}`
  },
  async read({ path }, folder) {
    return inFile(path, () => {
      const found = statSync(resolve(folder, path))
      if (!found.isFile()) throw noFile(path)
      const { size } = found
      if (size > MOST_BYTES) throw tooLarge(path, size)
      return readFileSync(resolve(folder, path))
    })
  },
  // Loaded here, as a source of the same name would load the formats, too.
  decode: async (bytes, options, context) => (await import('./decode.ts')).decodeTable(bytes, options, context),
})

/** A pipe would be waited for, with everything else. */
const noFile = (path: string): Failure =>
  new Failure('usage', `${path} is not a file, and a lookup table is read whole from one`)

const tooLarge = (path: string, size: number): Failure =>
  new Failure('limit', `${path} has ${byteText(size)}, and a lookup table at most ${byteText(MOST_BYTES)}`, {
    hint: 'Leave out columns and rows that no query needs.',
  })

/** The result of `work`; an error of the operating system is thrown as a Failure. */
function inFile<Result>(path: string, work: () => Result): Result {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    const { code = '', message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new Failure('not-found', `there is no file ${path}`, { cause })
    if (code === 'EACCES' || code === 'EPERM') throw new Failure('denied', `${path} may not be read`, { cause })
    throw new Failure('io', `${path} cannot be read: ${message}`, { cause })
  }
}
