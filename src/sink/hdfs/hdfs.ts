/**
 * Keeps records in HDFS, in folders by event time, as `files` does on the local disk: a few large files, each written as a
 * whole. Until a file is whole it grows in the data folder, and a checkpoint makes it durable there: so HDFS may be down for
 * a while, and no crash and no checkpoint makes small files.
 */
import * as z from 'zod'
import { duration } from '../../base/unit-options.ts'
import { packingBy } from '../rolled/packing.ts'
import { rolledOptions, undatedRows } from '../rolled/roller.ts'
import { defineSink, type SinkType } from '../sink.ts'
import { isHdfsFolder, isHdfsPart, NO_COLONS, NO_FOLDER, namenodes, user } from './names.ts'
import { connectToHdfs, type HdfsOptions, hdfsPlace, lostInScratch, openInHdfs } from './open-hdfs.ts'

const { path, prefix, suffix, ...others } = rolledOptions({ roll: '1h', rollSize: '1GiB', compression: 'none' })

export const hdfs: SinkType = defineSink<HdfsOptions>({
  name: 'hdfs',
  summary: 'Keeps records, as they came or as rows, in folders of HDFS by event time.',
  oneHost: () => 'remembers in its data folder how far its open files are written',
  writes: 'idempotent',
  options: z.strictObject({
    url: namenodes,
    path: path.refine(isHdfsFolder, NO_FOLDER),
    user,
    prefix: prefix.refine((found) => isHdfsPart(found?.at(0)), NO_COLONS),
    suffix: suffix.refine(isHdfsPart, NO_COLONS),
    ...others,
    timeout: duration.prefault('30s'),
  }),
  check: undatedRows,
  owns: hdfsPlace,
  lost: (state, _, where) => (state.store === 'hdfs' ? lostInScratch(state, where) : []),
  connect: connectToHdfs,
  open: (options, context) => openInHdfs(options, context, { store: 'hdfs', packing: packingBy(options.compression) }),
})
