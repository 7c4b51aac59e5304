/**
 * A store of rolled files in HDFS. A file grows in the data folder, and is written to HDFS as a whole: under a name that
 * begins with a dot and ends in `.tmp`, which readers pass over, and then renamed.
 *
 *   SCRATCH/PREFIX-LIFE-pPARTITION-FIRST.DIGEST.tmp          grows; DIGEST is that of its folder in HDFS
 *   /FOLDER/.PREFIX-LIFE-pPARTITION-FIRST-LAST.log.gz.tmp    is being written
 *   /FOLDER/PREFIX-LIFE-pPARTITION-FIRST-LAST.log.gz         is whole
 *
 * A file gets its last name only after HDFS has said that it has all its bytes: so a name stands for whole content, and an
 * answer that is lost is made up for by looking whether the name is there.
 */
import { type Disk, isThere } from '../../base/disk/disk.ts'
import { Failure } from '../../base/failure.ts'
import type { WebHdfs } from '../../client/webhdfs/webhdfs.ts'
import { closedName, isHalfWritten, UNFINISHED } from '../rolled/archive.ts'
import type { FileStore } from '../rolled/file-store.ts'
import { type FilePacking, packedBytes } from '../rolled/packing.ts'
import { scratchPath } from '../rolled/scratch.ts'

/** Whole files that are written to HDFS at once, while others grow. */
const UPLOADS = 2

export type HdfsStoreOptions = {
  readonly client: WebHdfs
  readonly disk: Disk
  /** Local folder in which files grow. */
  readonly scratch: string
  readonly packing: FilePacking
}

/** A store in HDFS. */
export function openHdfsStore({ client, disk, scratch, packing }: HdfsStoreOptions): FileStore {
  /** Names that are being written now. */
  const underWay = new Set<string>()
  const upload = async (grown: string, beside: string, path: string) => {
    let sent = 0
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const chunk of packedBytes(disk, grown, packing)) {
        sent += chunk.length
        yield chunk
      }
    }
    await client.create(beside, counted())
    const written = (await client.status(beside))?.size
    if (written !== sent) {
      const has = written === undefined ? 'does not exist' : `has ${written} bytes`
      throw new Failure('io', `${beside} ${has}, but ${sent} were written to it`, { retryable: true })
    }
    if (await client.rename(beside, path)) return
    if ((await client.status(path)) !== undefined) return
    throw new Failure('io', `${beside} could not get its last name`, { retryable: true })
  }
  return {
    underWay: UPLOADS,
    growing: (home, first) => scratchPath(scratch, home, first),
    async names(home) {
      const names = ((await client.list(home.within)) ?? []).map(({ name }) => name)
      const left = names.filter((name) => isHalfWritten(home, name) && !underWay.has(`${home.within}/${name}`))
      for (const name of left) await client.remove(`${home.within}/${name}`)
      if (left.length === 0) return names
      // A request of an earlier run may have been under way to rename one of them.
      return ((await client.list(home.within)) ?? []).map(({ name }) => name)
    },
    async publish(whole) {
      const { home, suffix, grown } = whole
      const name = `${closedName(whole)}${suffix}${packing.suffix}`
      const path = `${home.within}/${name}`
      const beside = `${home.within}/.${name}${UNFINISHED}`
      underWay.add(beside)
      try {
        const isThereAlready = (await client.status(path)) !== undefined
        if (!isThereAlready) await upload(grown, beside, path)
        if (isThere(disk, grown)) disk.unlink(grown)
      } finally {
        underWay.delete(beside)
      }
    },
  }
}
