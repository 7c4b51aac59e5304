/** The files of a real HDFS, as tests look at them. */
import { systemClock } from '../../src/base/clock.ts'
import { seededRandom } from '../../src/base/random.ts'
import { parseHdfsAddress } from '../../src/client/webhdfs/address.ts'
import { WebHdfs } from '../../src/client/webhdfs/webhdfs.ts'
import type { Found } from '../../src/sink/hdfs/kept.test-tool.ts'

/** A client for tests. */
export const clientOf = (url: string): WebHdfs =>
  new WebHdfs({
    address: parseHdfsAddress(url),
    user: 'test',
    timeoutMs: 30_000,
    clock: systemClock,
    random: seededRandom(1),
  })

/** All files below a folder, in order of their names. One that is not whole may be gone before it is read, so it has no bytes here. */
export async function filesIn(client: WebHdfs, folder: string): Promise<Found[]> {
  const found: Found[] = []
  for (const { name, isFolder } of (await client.list(folder)) ?? []) {
    const path = `${folder}/${name}`
    if (isFolder) found.push(...(await filesIn(client, path)))
    else if (name.endsWith('.tmp')) found.push({ path, bytes: Buffer.alloc(0) })
    else {
      const chunks: Buffer[] = []
      for await (const chunk of client.read(path)) chunks.push(chunk)
      found.push({ path, bytes: Buffer.concat(chunks) })
    }
  }
  return found
}
