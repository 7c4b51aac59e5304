/**
 * HDFS over WebHDFS, its REST interface: names and places are asked of the NameNode, bytes go to and come from the DataNodes
 * that it names.
 *
 * What can be asked again without harm is asked again when no answer came, a few times, of all NameNodes in turn. Writing a
 * file is not: after a Failure the caller looks for what is there.
 */
import type { IncomingMessage } from 'node:http'
import { assert } from '../../base/assert.ts'
import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import type { Random } from '../../base/random.ts'
import { openConnections, readToEnd } from '../http/connections.ts'
import { wholeBody } from '../http/whole-body.ts'
import type { HdfsAddress } from './address.ts'
import { type Asked, exceptionOf, networkFailure, refusalFailure } from './trouble.ts'

/** How often is asked what can be asked again, and the limit of the first pause; each next one is twice as long. */
const TRIES = 4
const FIRST_PAUSE_MS = 200
/** Longest answer that is read whole: a page of a listing has a thousand names. */
const ANSWER_LIMIT = 16 << 20
/** Names of one folder that are listed. */
const NAMES_LIMIT = 1_000_000

export type HdfsStatus = {
  readonly name: string
  readonly isFolder: boolean
  /** Bytes of a file. */
  readonly size: number
}

export type WebHdfsOptions = {
  readonly address: Omit<HdfsAddress, 'path'>
  /** The user of an address that names none. */
  readonly user: string
  /** How long a server may be silent. */
  readonly timeoutMs: Duration
  readonly clock: Clock
  readonly random: Random
}

type Parameters = { readonly [name: string]: string | number | boolean }

/** What is asked of a NameNode; `what` is for messages. */
type Operation = {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly op: string
  readonly path: string
  readonly parameters?: Parameters
  readonly what: string
}

/** A client of one HDFS. Every method rejects with a Failure. */
export class WebHdfs {
  readonly user: string
  readonly #options: WebHdfsOptions
  readonly #connections: ReturnType<typeof openConnections>
  /** The NameNode that answered last. */
  #active = 0

  constructor(options: WebHdfsOptions) {
    this.#options = options
    this.user = options.address.user ?? options.user
    this.#connections = openConnections({ timeoutMs: options.timeoutMs, to: 'HDFS' })
  }

  /** A file or folder; undefined: there is none. */
  async status(path: string): Promise<HdfsStatus | undefined> {
    const found = await this.#unlessMissing({ method: 'GET', op: 'GETFILESTATUS', path, what: `look for ${path}` })
    return found === undefined ? undefined : statusOf(this.#memberOf(found, 'FileStatus', `look for ${path}`))
  }

  /** What is in a folder, in order of name; undefined: there is no such folder. */
  async list(path: string): Promise<readonly HdfsStatus[] | undefined> {
    const all: HdfsStatus[] = []
    for (let after = ''; ; after = all.at(-1)?.name ?? '') {
      const operation = { method: 'GET', op: 'LISTSTATUS_BATCH', path, what: `list ${path}` } as const
      const page = await this.#unlessMissing({ ...operation, parameters: after === '' ? {} : { startAfter: after } })
      if (page === undefined) return undefined
      const { partialListing, remainingEntries } = this.#memberOf(page, 'DirectoryListing', `list ${path}`) as Listing
      const listed = partialListing.FileStatuses.FileStatus
      all.push(...listed.map(statusOf))
      if (remainingEntries === 0 || listed.length === 0) return all
      if (all.length > NAMES_LIMIT) throw new Failure('limit', `${path} has more than ${NAMES_LIMIT} names`)
    }
  }

  /** Makes a folder and its missing parents. */
  async mkdirs(path: string): Promise<void> {
    await this.#askAgain({ method: 'PUT', op: 'MKDIRS', path, what: `make folder ${path}` })
  }

  /** Rejects with a Failure `denied` where this user may not write to a folder. */
  async checkWritable(path: string): Promise<void> {
    const parameters = { fsaction: '-wx' }
    await this.#askAgain({ method: 'GET', op: 'CHECKACCESS', path, parameters, what: `write to ${path}` })
  }

  /** Writes a file, over one that is there. After a Failure some or all of it may be there. */
  async create(path: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    const operation = {
      method: 'PUT',
      op: 'CREATE',
      path,
      parameters: { overwrite: true },
      what: `write ${path}`,
    } as const
    await this.#ofDataNode(operation, body)
  }

  /** Adds bytes to a file that is there. After a Failure some or all of them may be there. */
  async append(path: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#ofDataNode({ method: 'POST', op: 'APPEND', path, what: `append to ${path}` }, body)
  }

  /**
   * Gives a file another name; false: there is no file, or the other name is taken. After a Failure, which may be of the
   * answer alone, it may have its new name.
   */
  async rename(from: string, to: string): Promise<boolean> {
    const what = `rename ${from} to ${to}`
    const answer = await this.#ask({
      method: 'PUT',
      op: 'RENAME',
      path: from,
      parameters: { destination: wholeName(to) },
      what,
    })
    return this.#memberOf(answer, 'boolean', what) === true
  }

  /** Removes a file or an empty folder, if it is there. */
  async remove(path: string): Promise<void> {
    await this.#askAgain({ method: 'DELETE', op: 'DELETE', path, what: `remove ${path}` })
  }

  /** The bytes of a file from `offset` on. A connection that breaks is made again, from the byte where it broke. */
  async *read(path: string, offset: number = 0, length: number = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
    const end = offset + length
    for (let from = offset, failed = 0; from < end; failed++) {
      try {
        const parameters = Number.isFinite(length) ? { offset: from, length: end - from } : { offset: from }
        const operation = { method: 'GET', op: 'OPEN', path, parameters, what: `read ${path}` } as const
        for await (const chunk of await this.#ofDataNode(operation)) {
          from += chunk.length
          failed = 0
          yield chunk as Buffer
        }
        return
      } catch (error) {
        const failure = networkFailure(this.#asked(`read ${path}`, 'its DataNode'), error, 'DataNode')
        if (!(failure instanceof Failure && failure.retryable) || failed + 1 >= TRIES) throw failure
        await this.#pause(failed)
      }
    }
  }

  close(): void {
    this.#connections.close()
  }

  /** The answer of a DataNode, which the NameNode names: to a write it is read whole, else its body is not yet read. */
  async #ofDataNode(operation: Operation, body?: AsyncIterable<Uint8Array>): Promise<IncomingMessage> {
    const { method, what, parameters = {} } = operation
    const named = await this.#askAgain({ ...operation, parameters: { ...parameters, noredirect: true } })
    const url = String(this.#memberOf(named, 'Location', what))
    const asked = this.#asked(what, URL.parse(url)?.host ?? url)
    try {
      const answer = await this.#connections.send({ method, url, body })
      if (isSuccess(answer)) {
        if (body !== undefined) await readToEnd(answer)
        return answer
      }
      throw refusalFailure(asked, { status: answer.statusCode ?? 0, text: await wholeText(answer) })
    } catch (error) {
      throw networkFailure(asked, error, 'DataNode')
    }
  }

  async #unlessMissing(operation: Operation): Promise<unknown> {
    try {
      return await this.#askAgain(operation)
    } catch (error) {
      if (error instanceof Failure && error.code === 'not-found' && error.cause === undefined) return undefined
      throw error
    }
  }

  async #askAgain(operation: Operation): Promise<unknown> {
    for (let failed = 0; ; failed++) {
      try {
        return await this.#ask(operation)
      } catch (error) {
        if (!(error instanceof Failure && error.retryable) || failed + 1 >= TRIES) throw error
        // What takes time to pass is for the caller to wait for.
        if (error.code === 'full') throw error
        await this.#pause(failed)
      }
    }
  }

  /** Asks the active NameNode; where that is down or stands by, the others in turn. */
  async #ask(operation: Operation): Promise<unknown> {
    const { namenodes } = this.#options.address
    let failure: unknown
    for (let turn = 0; turn < namenodes.length; turn++) {
      const index = (this.#active + turn) % namenodes.length
      const { isOther, error, answer } = await this.#askOne(operation, namenodes[index] as string)
      if (error === undefined) {
        this.#active = index
        return answer
      }
      failure ??= error
      if (!isOther) throw error
      // A NameNode that stands by says less than one that is down.
      if (turn > 0 && !/StandbyException/.test(String(error))) failure = error
    }
    throw failure
  }

  /** `isOther`: whether another NameNode may answer. */
  async #askOne(
    operation: Operation,
    namenode: string,
  ): Promise<{ isOther: boolean; error?: unknown; answer?: unknown }> {
    const asked = this.#asked(operation.what, namenode)
    try {
      const answer = await this.#connections.send({ method: operation.method, url: this.#urlOf(operation, namenode) })
      const { location } = answer.headers
      const status = answer.statusCode ?? 0
      const text = await wholeText(answer)
      // HttpFS, and servers before Hadoop 2.9, redirect though they were asked not to.
      if (status === 307 && location !== undefined) return { isOther: false, answer: { Location: location } }
      if (isSuccess(answer)) return { isOther: false, answer: jsonOf(asked, text) }
      const error = refusalFailure(asked, { status, text })
      return { isOther: exceptionOf({ status, text })?.name === 'StandbyException', error }
    } catch (error) {
      const failure = networkFailure(asked, error, 'NameNode')
      return { isOther: failure instanceof Failure && failure.cause !== undefined, error: failure }
    }
  }

  #urlOf({ op, path, parameters = {} }: Operation, namenode: string): string {
    assert(path.startsWith('/'), 'a path of HDFS is whole')
    const query = new URLSearchParams({ op, 'user.name': this.user })
    for (const [name, value] of Object.entries(parameters)) query.set(name, String(value))
    return `${namenode}/webhdfs/v1${wholeName(path).split('/').map(encodeURIComponent).join('/')}?${query}`
  }

  /** A member of a NameNode's answer. Throws a Failure where it is not there: something else answers at this address. */
  #memberOf(answer: unknown, name: string, what: string): unknown {
    const member = (answer as { readonly [name: string]: unknown } | undefined)?.[name]
    if (member !== undefined) return member
    throw refusalFailure(this.#asked(what, this.#options.address.namenodes[this.#active] ?? ''), {
      status: 200,
      text: '',
    })
  }

  #asked(what: string, server: string): Asked {
    return { what, user: this.user, server }
  }

  /** "Full jitter": anything below the limit, so that many clients do not come back at once. */
  #pause(failed: number): Promise<void> {
    const { clock, random } = this.#options
    return clock.sleep(random.next() * FIRST_PAUSE_MS * 2 ** failed)
  }
}

/** HDFS refuses a path with an empty name in it: what a folder written `/logs/`, or the root, and a name make. */
const wholeName = (path: string): string => path.replace(/\/{2,}/g, '/')

type Listing = {
  readonly partialListing: { readonly FileStatuses: { readonly FileStatus: readonly unknown[] } }
  readonly remainingEntries: number
}

const wholeText = async (answer: IncomingMessage): Promise<string> =>
  (await wholeBody(answer, ANSWER_LIMIT, 'HDFS')).toString()

const isSuccess = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 200 && statusCode < 300

function statusOf(found: unknown): HdfsStatus {
  const { pathSuffix, type, length } = found as { pathSuffix: string; type: string; length: number }
  return { name: pathSuffix, isFolder: type === 'DIRECTORY', size: length }
}

function jsonOf(asked: Asked, text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw refusalFailure(asked, { status: 200, text })
  }
}
