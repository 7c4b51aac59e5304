/**
 * Keeps records in HDFS, in folders by event time, as `files` does on the local disk: a few large files, each written as a
 * whole. Until a file is whole it grows in the data folder, and a checkpoint makes it durable there: so HDFS may be down for
 * a while, and no crash and no checkpoint makes small files.
 */
import * as z from 'zod'
import { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import { seededRandom } from '../../base/random.ts'
import { duration } from '../../base/unit-options.ts'
import { type HdfsAddress, isHdfsName, localUser, parseHdfsAddress } from '../../client/webhdfs/address.ts'
import type { WebHdfs } from '../../client/webhdfs/webhdfs.ts'
import type { OpenFileState } from '../rolled/open-files.ts'
import { cutFile } from '../rolled/rolled-file.ts'
import {
  checkRowtime,
  lifeOf,
  type RolledOptions,
  Roller,
  type RollerState,
  rolledOptions,
  wholeStates,
} from '../rolled/roller.ts'
import { defineSink, type LostFile, type SinkContext, type SinkType } from '../sink.ts'
import { openHdfsStore, removeUnknown, scratchPath } from './hdfs-store.ts'

type HdfsOptions = RolledOptions & {
  readonly url: HdfsAddress
  readonly user: string | undefined
  readonly timeout: Duration
}

/** Tells the state of this sink from that of another kind which had its name. */
type HdfsState = RollerState & { readonly store: 'hdfs' }

const address = z.string().transform((text, context): HdfsAddress => {
  try {
    const found = parseHdfsAddress(text)
    if (found.path === '' || found.path === '/') return found
    context.addIssue(`'${text}' has a path: give it as \`path\``)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    context.addIssue(error.message)
  }
  return z.NEVER
})

const user: z.ZodType<string | undefined> = z.string().min(1).optional()
const { path, prefix, suffix, ...others } = rolledOptions({ roll: '1h', rollSize: '1GiB', compression: 'none' })

const NO_COLONS = 'HDFS has no names with a colon'
const isNameOfHdfs = (name = '') => isHdfsName(`/${name}`)

export const hdfs: SinkType = defineSink<HdfsOptions>({
  name: 'hdfs',
  summary: 'Keeps records, as they came or as rows, in folders of HDFS by event time.',
  writes: 'idempotent',
  options: z.strictObject({
    url: address,
    path: path.refine(
      (found) => isHdfsName(found.at(0)),
      'expected a whole path of HDFS, as /logs/%y-%m-%d, without colons, . and ..',
    ),
    user,
    prefix: prefix.refine((found) => isNameOfHdfs(found?.at(0)), NO_COLONS),
    suffix: suffix.refine(isNameOfHdfs, NO_COLONS),
    ...others,
    timeout: duration.prefault('30s'),
  }),
  // The folder of one day stands for all: paths that are the same on one day are the same on every day.
  owns: ({ url, path }) => `${url.namenodes.join()}${path.at(0)}`,
  lost: (state, _, where) => (state.store === 'hdfs' ? lostParts(state, where) : []),
  async connect(options, context) {
    const client = await openClient(options, context)
    try {
      const names = fixedFolder(options.path).split('/')
      let folder = names.join('/')
      // A folder that is not there is made in one that is.
      while (names.length > 1 && (await client.status(folder)) === undefined) {
        names.pop()
        folder = names.join('/')
      }
      await client.checkWritable(folder === '' ? '/' : folder)
    } finally {
      client.close()
    }
    return { found: placeIn(options), failures: [], warnings: [] }
  },
  async open(options, context) {
    checkRowtime(options, context)
    const { name, disk, clock, scratch, state } = context
    const client = await openClient(options, context)
    const before = (state?.store === 'hdfs' ? state : {}) as Partial<HdfsState>
    const life = lifeOf(before, clock)
    await context.remember({ kind: 'elsewhere', path: placeIn(options), life })
    const store = openHdfsStore({ client, disk, scratch, packing: options.compression })
    const roller = new Roller(life, options, context, store)
    // Files that grow go on growing in the next run or try, which must not meet this one in their folder.
    const leave = async () => {
      client.close()
      await roller.abandon()
    }
    try {
      await checkFolder(client, options.path)
      const known = pathsOf(before, name, scratch).map(([path]) => path)
      removeUnknown(disk, scratch, life, known)
      await roller.resume(before, name)
    } catch (error) {
      await leave()
      // One that may pass is reported as a warning of this sink.
      if (!(error instanceof Failure) || error.retryable) throw error
      throw new Failure(error.code, `sink ${name}: ${error.message}`, { hint: error.hint, cause: error })
    }
    return {
      write: (delivery) => roller.write(delivery),
      flush: async () => ({ ...(await roller.flush()), store: 'hdfs' }) satisfies HdfsState,
      finish: () => roller.closeAll(),
      [Symbol.asyncDispose]: leave,
    }
  },
})

/** Where the files are, for people. */
const placeIn = ({ url, path }: HdfsOptions): string => `hdfs://${url.namenodes.join()}${path.written}`

/** Loads the client, and with it Node's HTTP, only where it is used: every start reads the options of this sink. */
async function openClient(
  { url, user, timeout }: HdfsOptions,
  { clock }: Pick<SinkContext, 'clock'>,
): Promise<WebHdfs> {
  const { WebHdfs } = await import('../../client/webhdfs/webhdfs.ts')
  return new WebHdfs({
    address: url,
    user: user ?? localUser(),
    timeoutMs: timeout,
    clock,
    random: seededRandom(clock.now()),
  })
}

/** Makes the folder in which all others are, and looks whether the user may write there. */
async function checkFolder(client: WebHdfs, path: RolledOptions['path']): Promise<void> {
  const folder = fixedFolder(path)
  await client.mkdirs(folder === '' ? '/' : folder)
  await client.checkWritable(folder === '' ? '/' : folder)
}

/** The folder in which all folders of the path are, whatever the date; empty where that is the root. */
function fixedFolder({ at, isDated }: RolledOptions['path']): string {
  const [one, other] = [at(0).split('/'), at(DAYS_APART_MS).split('/')]
  const differs = isDated ? one.findIndex((name, index) => name !== other[index]) : one.length
  return one.slice(0, Math.max(0, differs)).join('/')
}

/** Two times that no directive shows alike: another year, month, day, hour and minute. */
const DAYS_APART_MS = Date.UTC(1999, 10, 21, 13, 37)

/** Files of a checkpoint that have less than it says. One that is gone may be in HDFS: the next start looks there. */
function lostParts(
  state: Partial<HdfsState>,
  { disk, name, scratch }: Pick<SinkContext, 'disk' | 'name' | 'scratch'>,
): readonly LostFile[] {
  return pathsOf(state, name, scratch).flatMap(([path, part]) => cutFile(disk, path, part) ?? [])
}

/** The files of a state, each with its path. */
const pathsOf = (state: Partial<HdfsState>, name: string, scratch: string): [string, OpenFileState][] =>
  wholeStates(state, name).map((part) => {
    const { folder: within, prefix, partition, first } = part
    return [scratchPath(scratch, { within, prefix, life: state.life ?? '', partition }, first), part]
  })
