/** Opens sinks that keep rolled files in HDFS, whatever is in the files. */
import { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import { seededRandom } from '../../base/random.ts'
import { type HdfsAddress, localUser } from '../../client/webhdfs/address.ts'
import type { WebHdfs } from '../../client/webhdfs/webhdfs.ts'
import type { FilePacking } from '../rolled/packing.ts'
import { cutFile } from '../rolled/rolled-file.ts'
import { lifeOf, type RolledOptions, Roller, type RollerState } from '../rolled/roller.ts'
import { removeUnknown, scratchFiles } from '../rolled/scratch.ts'
import type { LostFile, Sink, SinkContext, SinkState, StoreLook } from '../sink.ts'
import { openHdfsStore } from './hdfs-store.ts'

export type HdfsPlace = {
  readonly url: HdfsAddress
  readonly user: string | undefined
  readonly timeout: Duration
}

export type HdfsOptions = RolledOptions & HdfsPlace

/** `store` tells the state of this sink from that of another kind which had its name. */
export type HdfsKind = { readonly store: string; readonly packing: FilePacking }

/** What no other sink may write to. The folder of one day stands for all: paths that are the same on one day are the same on every day. */
export const hdfsPlace = ({ url, path }: Pick<HdfsOptions, 'url' | 'path'>): string =>
  `${url.namenodes.join()}${path.at(0)}`

/** Asks HDFS whether the sink may write to its folder. Rejects with a Failure. */
export async function connectToHdfs(options: HdfsOptions, context: Pick<SinkContext, 'clock'>): Promise<StoreLook> {
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
}

/** Opens a sink. Rejects with a Failure. */
export async function openInHdfs(
  options: HdfsOptions,
  context: SinkContext,
  { store: kind, packing }: HdfsKind,
): Promise<Sink> {
  const { name, disk, clock, scratch, state } = context
  const client = await openClient(options, context)
  const before = (state?.store === kind ? state : {}) as Partial<RollerState>
  const life = lifeOf(before, clock)
  await context.remember({ kind: 'elsewhere', path: placeIn(options), life })
  const store = openHdfsStore({ client, disk, scratch, packing })
  const roller = new Roller(life, options, context, store)
  // Files that grow go on growing in the next run or try, which must not meet this one in their folder.
  const leave = async () => {
    client.close()
    await roller.abandon()
  }
  try {
    await checkFolder(client, options.path)
    const known = scratchFiles(before, name, scratch).map(([path]) => path)
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
    flush: async () => ({ ...(await roller.flush()), store: kind }),
    finish: () => roller.closeAll(),
    [Symbol.asyncDispose]: leave,
  }
}

/** Where the files are, for people. */
const placeIn = ({ url, path }: HdfsOptions): string => `hdfs://${url.namenodes.join()}${path.written}`

/** Loads the client, and with it Node's HTTP, only where it is used: every start reads the options of this sink. */
async function openClient({ url, user, timeout }: HdfsPlace, { clock }: Pick<SinkContext, 'clock'>): Promise<WebHdfs> {
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
export function lostInScratch(
  state: SinkState,
  { disk, name, scratch }: Pick<SinkContext, 'disk' | 'name' | 'scratch'>,
): readonly LostFile[] {
  return scratchFiles(state as Partial<RollerState>, name, scratch).flatMap(
    ([path, part]) => cutFile(disk, path, part) ?? [],
  )
}
