/**
 * Files of a query that are in HDFS: `hdfs://USER@HOST:PORT/logs/26-03-*`. A plain file is read in ranges, like one on the disk;
 * a packed one as a whole.
 */
import { matchesGlob } from 'node:path'
import { Readable } from 'node:stream'
import { systemClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { seededRandom } from '../base/random.ts'
import { localUser, parseHdfsAddress } from '../client/webhdfs/address.ts'
import { WebHdfs } from '../client/webhdfs/webhdfs.ts'
import { mayBeGlob } from '../source/file/find.ts'

const TIMEOUT_MS = 30_000
/** Beyond a range, for its last line: a second request is needed only where that is longer. */
const BEYOND_BYTES = 64 << 10
/** Files that one glob may match. */
const FILES_LIMIT = 100_000

export type RemoteFile = { readonly path: string; readonly size: number }

/** The clients of one thread, one for each HDFS. */
export class RemoteFiles {
  readonly #clients = new Map<string, WebHdfs>()

  /** The files that a path or glob matches, in order of name. Files whose names begin with `.` or `_` are not whole, and hidden. */
  async find(pattern: string): Promise<readonly RemoteFile[]> {
    const { client, base, path } = this.#at(pattern)
    const direct = path === '' ? undefined : await client.status(path)
    if (direct?.isFolder === false) return [{ path: pattern, size: direct.size }]
    if (direct !== undefined || path === '') {
      throw new Failure('usage', `${pattern} is a folder`, {
        hint: `Name its files: '${pattern.replace(/\/$/, '')}/*'.`,
      })
    }
    if (!mayBeGlob(path)) throw new Failure('not-found', `no such file: ${pattern}`)
    const names = path.split('/').slice(1)
    let folders: readonly string[] = ['']
    let found: RemoteFile[] = []
    for (const [depth, name] of names.entries()) {
      const isLast = depth === names.length - 1
      const matched = await Promise.all(folders.map((folder) => matchesIn(client, folder, name)))
      const all = matched.flat()
      if (all.length > FILES_LIMIT) throw new Failure('limit', `${pattern} matches more than ${FILES_LIMIT} names`)
      folders = all.filter(({ isFolder }) => isFolder).map(({ path }) => path)
      if (isLast)
        found = all.filter(({ isFolder }) => !isFolder).map(({ path, size }) => ({ path: `${base}${path}`, size }))
    }
    if (found.length === 0) throw new Failure('not-found', `no file matches ${pattern}`)
    return found.sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  /** The bytes of a file from `from` on: up to `to`, and then more as long as more are asked for. */
  bytes(path: string, from: number, to: number): Readable {
    const { client, path: file } = this.#at(path)
    async function* bytes(): AsyncGenerator<Buffer> {
      if (to === Number.POSITIVE_INFINITY) return yield* client.read(file, from)
      const first = to - from + BEYOND_BYTES
      let length = 0
      for await (const chunk of client.read(file, from, first)) {
        length += chunk.length
        yield chunk
      }
      if (length === first) yield* client.read(file, from + first)
    }
    return Readable.from(bytes(), { objectMode: false })
  }

  /** The first bytes of a file. */
  async head(path: string, length: number): Promise<Uint8Array> {
    const { client, path: file } = this.#at(path)
    const chunks: Buffer[] = []
    for await (const chunk of client.read(file, 0, length)) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  /** `base` and `path` make up the address. */
  #at(text: string): { client: WebHdfs; base: string; path: string } {
    const { path, ...address } = parseHdfsAddress(text)
    const base = text.slice(0, text.length - path.length)
    const client =
      this.#clients.get(base) ??
      new WebHdfs({
        address,
        user: localUser(),
        timeoutMs: TIMEOUT_MS,
        clock: systemClock,
        random: seededRandom(systemClock.now()),
      })
    this.#clients.set(base, client)
    return { client, base, path: path === '/' ? '' : path }
  }
}

type Match = { readonly path: string; readonly isFolder: boolean; readonly size: number }

async function matchesIn(client: WebHdfs, folder: string, name: string): Promise<readonly Match[]> {
  if (!mayBeGlob(name)) {
    const path = `${folder}/${name}`
    const found = await client.status(path)
    return found === undefined ? [] : [{ path, isFolder: found.isFolder, size: found.size }]
  }
  const listed = (await client.list(folder === '' ? '/' : folder)) ?? []
  return listed
    .filter((one) => (!/^[._]/.test(one.name) || name.startsWith(one.name.charAt(0))) && matchesGlob(one.name, name))
    .map((one) => ({ path: `${folder}/${one.name}`, isFolder: one.isFolder, size: one.size }))
}
