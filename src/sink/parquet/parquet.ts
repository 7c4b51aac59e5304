/**
 * Keeps rows as Parquet files, in folders by event time that query engines know as partitions, on the local disk or in HDFS.
 *
 * A Parquet file says at its end what is where, so it cannot grow row by row and be whole at each checkpoint. Rows grow as lines
 * of JSON in the data folder; once a file is closed, Parquet is made of it (`pack.ts`) and given its name. What goes into which
 * file, and what a crash leaves, is the same as for `files`.
 */
import { resolve } from 'node:path'
import * as z from 'zod'
import { whyNotWritable } from '../../base/disk/writable.ts'
import { Failure } from '../../base/failure.ts'
import { eitherForm, shortForm } from '../../base/options.ts'
import { duration } from '../../base/unit-options.ts'
import { whyUnwritable } from '../../format/parquet/write/elements.ts'
import type { ParquetCompression } from '../../format/parquet/write/writer.ts'
import { lostFiles, openLocalStore } from '../files/local-store.ts'
import { isHdfsFolder, isHdfsPart, NO_COLONS, NO_FOLDER, namenodes, user } from '../hdfs/names.ts'
import { connectToHdfs, type HdfsPlace, hdfsPlace, lostInScratch, openInHdfs } from '../hdfs/open-hdfs.ts'
import { type DatedText, datedPath } from '../rolled/dated-path.ts'
import type { FilePacking } from '../rolled/packing.ts'
import {
  lifeOf,
  type RolledOptions,
  Roller,
  type RollerState,
  rolledOptions,
  undatedRows,
  wholeStates,
} from '../rolled/roller.ts'
import { removeUnknown, scratchFiles } from '../rolled/scratch.ts'
import { defineSink, type Sink, type SinkContext, type SinkMistake, type SinkRows, type SinkType } from '../sink.ts'

type ParquetOptions = Omit<RolledOptions, 'compression' | 'format'> & {
  readonly compression: ParquetCompression
  readonly row_group: number
  readonly hdfs?: HdfsPlace | undefined
}

/** Tells the states of this sink from those of another kind which had its name. */
const [ON_DISK, IN_HDFS] = ['parquet', 'parquet-hdfs']
const NULL_NAME = '__HIVE_DEFAULT_PARTITION__'

/** A path whose dated names are partitions: where they are `KEY=…`, what has no event time has NULL there. */
const partitionedPath: z.ZodType<DatedText, string> = (datedPath as z.ZodType<DatedText, string>).transform((path) => ({
  ...path,
  undated: path.isDated && !path.written.split('/').some(isDatedName) ? nullPartitions(path.written) : path.undated,
})) as z.ZodType<DatedText, string>

const isDated = (name: string): boolean => /%[^%]/.test(name.replaceAll('%%', ''))
/** Whether a name is dated without being a partition. */
const isDatedName = (name: string): boolean => isDated(name) && !/^[^=%]+=/.test(name)
const nullPartitions = (written: string): string =>
  written
    .split('/')
    .map((name) => (isDated(name) ? name.replace(/=.*/, `=${NULL_NAME}`) : name).replaceAll('%%', '%'))
    .join('/')

const {
  path: _,
  format: __,
  compression: ___,
  ...others
} = rolledOptions({
  roll: '1h',
  rollSize: '1GiB',
  compression: 'none',
})

const place: z.ZodType<HdfsPlace> = eitherForm(
  z.strictObject({ url: namenodes, user, timeout: duration.prefault('30s') }),
  (value) => (typeof value === 'string' ? { url: value } : value),
  { type: 'string' },
)

/** The options, with those of names in HDFS refused where they are. */
const options: z.ZodType<ParquetOptions> = shortForm(
  'path',
  z
    .strictObject({
      path: partitionedPath,
      hdfs: place.optional(),
      ...others,
      compression: z.enum(['none', 'snappy', 'gzip', 'zstd']).prefault('snappy'),
      row_group: z.int().min(1).max(1_000_000).prefault(65_536),
    })
    .superRefine(({ hdfs, path, prefix, suffix }, context) => {
      if (hdfs === undefined) return
      const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message })
      if (!isHdfsFolder(path)) refuse('path', NO_FOLDER)
      if (!isHdfsPart(prefix?.at(0))) refuse('prefix', NO_COLONS)
      if (!isHdfsPart(suffix)) refuse('suffix', NO_COLONS)
    }),
)

export const parquet: SinkType = defineSink<ParquetOptions>({
  name: 'parquet',
  summary: 'Keeps rows as Parquet files, in folders by event time, on the disk or in HDFS.',
  oneHost: () => 'remembers in its data folder which files are open',
  writes: 'idempotent',
  options,
  check: (options, rows) => [...undatedRows(options, rows), ...mistakesIn(rows)],
  owns: ({ hdfs, path }, folder) => (hdfs === undefined ? resolve(folder, path.at(0)) : hdfsPlace({ ...hdfs, path })),
  lookAhead: ({ hdfs, path }, folder) =>
    hdfs === undefined ? whyNotWritable(resolve(folder, path.at(0)), 'folder') : undefined,
  lost(state, _, where) {
    if (state.store === IN_HDFS) return lostInScratch(state, where)
    if (state.store !== ON_DISK) return []
    const { life = '' } = state as Partial<RollerState>
    return wholeStates(state as Partial<RollerState>, where.name).flatMap((file) => lostFiles({ ...where, life }, file))
  },
  async connect({ hdfs, ...chosen }, context) {
    if (hdfs !== undefined) return connectToHdfs(rolled({ ...chosen, ...hdfs }), context)
    return { found: chosen.path.written, failures: [], warnings: [] }
  },
  open({ hdfs, row_group, ...chosen }, context) {
    const packing: FilePacking = {
      suffix: '',
      async *pack(grown) {
        // The writer is loaded where the first file is closed.
        const { parquetOf } = await import('./pack.ts')
        yield* parquetOf(grown, { compression: chosen.compression, rowGroup: row_group })
      },
    }
    if (hdfs === undefined) return openOnDisk(rolled(chosen), context, packing)
    return openInHdfs(rolled({ ...chosen, ...hdfs }), context, { store: IN_HDFS, packing })
  },
})

/** As the roller takes it. */
const rolled = <Options extends object>(chosen: Options) =>
  ({ ...chosen, format: 'parquet', compression: 'none' }) as const

function mistakesIn({ fields, from }: SinkRows): readonly SinkMistake[] {
  const mistakes = fields.flatMap(({ name, type }, index) => {
    const why =
      fields.findIndex((field) => field.name === name) < index ? 'there are two of that name' : whyUnwritable(type)
    return why === undefined ? [] : [`column ${name} of ${from} cannot be in a Parquet file: ${why}`]
  })
  return mistakes.map((message) => ({
    path: [],
    failure: new Failure('pipeline', message, {
      hint: 'Leave it out, or write CAST(… AS STRING), in a query of its own.',
    }),
  }))
}

async function openOnDisk(chosen: RolledOptions, context: SinkContext, packing: FilePacking): Promise<Sink> {
  const { name, folder, disk, clock, scratch, state } = context
  const before = (state?.store === ON_DISK ? state : {}) as Partial<RollerState>
  const life = lifeOf(before, clock)
  await context.remember({ kind: 'rolled', path: resolve(folder, chosen.path.written), life })
  const roller = new Roller(life, chosen, context, openLocalStore({ disk, folder, packing, scratch }))
  try {
    removeUnknown(
      disk,
      scratch,
      life,
      scratchFiles(before, name, scratch).map(([path]) => path),
    )
    await roller.resume(before, name)
  } catch (error) {
    // A start that fails may be tried again.
    await roller.abandon()
    throw error
  }
  return {
    write: (delivery) => roller.write(delivery),
    flush: async () => ({ ...(await roller.flush()), store: ON_DISK }),
    finish: () => roller.closeAll(),
    // Files that grow go on growing in the next run.
    [Symbol.asyncDispose]: () => roller.abandon(),
  }
}
