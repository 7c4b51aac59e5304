/**
 * A small WebHDFS for tests without Java: a NameNode and a DataNode that keep real files in a folder, and do what a test asks
 * for that real ones do once in a while. As with Hadoop, a DataNode sends `100 Continue` unasked.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { makeFolder } from '../../../test/contract/folder.ts'

/** Names in one page of a listing. */
const PAGE = 3

/**
 * `drop`: closes the connection and does nothing; `lose`: does it and does not answer; `half`: does half of it, and drops;
 * `break`: does it, begins to answer, and drops.
 */
export type HdfsTrouble =
  | 'drop'
  | 'lose'
  | 'half'
  | 'break'
  | 'silence'
  | { readonly status: number; readonly exception: string; readonly message: string }

export type TestHdfs = {
  readonly url: string
  /** Folder that is `/`. */
  readonly root: string
  /** `ROLE OP PATH` of all requests. */
  readonly asked: string[]
  /** Asked for the trouble of each request; none by default. */
  trouble: (op: string, role: 'NameNode' | 'DataNode') => HdfsTrouble | undefined
  /** Users whose processes are dead: nothing is done for them any more. */
  readonly dead: Set<string>
  /** Closes the ports, and opens them again. */
  down(): Promise<void>
  up(): Promise<void>
}

/** A WebHDFS that ends with the test. */
export async function startTestHdfs(): Promise<TestHdfs> {
  const root = await makeFolder()
  const asked: string[] = []
  const hdfs: TestHdfs = { url: '', root, asked, dead: new Set(), trouble: () => undefined, down, up }
  const servers = (['NameNode', 'DataNode'] as const).map((role) =>
    createServer((request, response) => {
      answer(role, request, response).catch((error: Error) => refuse(response, 500, 'IOException', error.message))
    }),
  )
  const ports = [0, 0]
  async function up(): Promise<void> {
    for (const [i, server] of servers.entries()) ports[i] = await listen(server, ports[i] as number)
  }
  async function down(): Promise<void> {
    for (const server of servers) {
      server.closeAllConnections()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    }
  }
  async function answer(
    role: 'NameNode' | 'DataNode',
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const url = new URL(request.url ?? '', 'http://x')
    const op = url.searchParams.get('op') ?? ''
    const path = decodeURIComponent(url.pathname.slice('/webhdfs/v1'.length))
    if (hdfs.dead.has(url.searchParams.get('user.name') ?? '')) return
    asked.push(`${role} ${op} ${path}`)
    const trouble = hdfs.trouble(op, role)
    if (trouble === 'drop') request.socket.destroy()
    if (trouble === 'drop' || trouble === 'silence') return
    if (typeof trouble === 'object') return refuse(response, trouble.status, trouble.exception, trouble.message)
    for (const name of [path, url.searchParams.get('destination') ?? '']) {
      if (name.includes('//')) return refuse(response, 400, 'InvalidPathException', `Invalid path name ${name}`)
    }
    if (role === 'DataNode' && request.method !== 'GET') response.writeContinue()
    const sendsElsewhere = role === 'NameNode' && ['CREATE', 'APPEND', 'OPEN'].includes(op)
    const bytes = await bodyOf(request, trouble === 'half')
    const file = join(root, path)
    const found = sendsElsewhere
      ? redirection(op, file, `http://127.0.0.1:${ports[1]}${request.url}`)
      : OPERATIONS[op]?.(file, url.searchParams, bytes, root)
    if (trouble === 'lose' || (trouble === 'half' && op !== 'OPEN')) {
      request.socket.destroy()
      return
    }
    if (found === undefined) return refuse(response, 404, 'FileNotFoundException', `File ${path} does not exist.`)
    if (found instanceof Uint8Array) {
      response.setHeader('content-length', found.length)
      if (trouble !== 'half') response.end(found)
      else response.write(found.subarray(0, found.length >> 1), () => request.socket.destroy())
      return
    }
    response.statusCode = op === 'CREATE' && role === 'DataNode' ? 201 : 200
    if (trouble === 'break') response.write(' ', () => request.socket.destroy())
    else response.end(JSON.stringify(found))
  }
  await up()
  onTestFinished(down)
  return Object.assign(hdfs, { url: `hdfs://127.0.0.1:${ports[0]}` })
}

type Operation = (file: string, parameters: URLSearchParams, bytes: Buffer, root: string) => unknown

/** Each happens at once, as a NameNode does one thing after the other; undefined: there is no such file. */
const OPERATIONS: { readonly [op: string]: Operation } = {
  GETFILESTATUS(file) {
    const status = statusAt(file)
    return status === undefined ? undefined : { FileStatus: { ...status, pathSuffix: '' } }
  },
  LISTSTATUS_BATCH(file, parameters) {
    if (statusAt(file) === undefined) return undefined
    const after = parameters.get('startAfter') ?? ''
    const names = readdirSync(file)
      .sort()
      .filter((name) => name > after)
    const FileStatus = names.slice(0, PAGE).map((name) => statusAt(join(file, name)))
    const remainingEntries = Math.max(0, names.length - PAGE)
    return { DirectoryListing: { partialListing: { FileStatuses: { FileStatus } }, remainingEntries } }
  },
  MKDIRS(file) {
    mkdirSync(file, { recursive: true })
    return { boolean: true }
  },
  CHECKACCESS: (file) => (statusAt(file) === undefined ? undefined : ''),
  CREATE(file, _, bytes) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bytes)
    return ''
  },
  APPEND(file, _, bytes) {
    writeFileSync(file, bytes, { flag: 'a' })
    return ''
  },
  OPEN(file, parameters) {
    const bytes = readFileSync(file)
    const offset = Number(parameters.get('offset') ?? 0)
    return bytes.subarray(offset, offset + Number(parameters.get('length') ?? bytes.length))
  },
  RENAME(file, parameters, _, root) {
    const to = join(root, parameters.get('destination') ?? '')
    const isPossible = statusAt(file) !== undefined && statusAt(to) === undefined
    if (isPossible) renameSync(file, to)
    return { boolean: isPossible }
  },
  DELETE(file) {
    const isThere = statusAt(file) !== undefined
    if (isThere) rmSync(file)
    return { boolean: isThere }
  },
}

const redirection = (op: string, file: string, url: string): unknown =>
  op !== 'CREATE' && statusAt(file) === undefined ? undefined : { Location: url }

function statusAt(file: string): object | undefined {
  const found = statSync(file, { throwIfNoEntry: false })
  const pathSuffix = file.slice(file.lastIndexOf('/') + 1)
  if (found?.isDirectory()) return { pathSuffix, type: 'DIRECTORY', length: 0 }
  return found === undefined ? undefined : { pathSuffix, type: 'FILE', length: found.size }
}

async function bodyOf(request: IncomingMessage, isHalf: boolean): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const bytes = Buffer.concat(chunks)
  return isHalf ? bytes.subarray(0, bytes.length >> 1) : bytes
}

function refuse(response: ServerResponse, status: number, exception: string, message: string): void {
  response.statusCode = status
  response.end(JSON.stringify({ RemoteException: { exception, message } }))
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
