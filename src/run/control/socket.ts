/**
 * The control socket: other processes of this user ask the process that runs a pipeline. A request and its answer are a line
 * of JSON each:
 *
 *   {"command":"status"}                                                    one request at a time, any number in a row
 *   {"answer":…}  or  {"failure":{"code":"usage","message":…,"hint":…,"place":…,"retryable":true,"also":[…]}}
 *
 * The socket has mode 0600, so the file system keeps other users out. Requests, peers and the time of a peer are limited; a
 * peer beyond a limit is disconnected.
 */
import { chmodSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { Failure } from '../../base/failure.ts'
import { failureData } from '../../base/failure-data.ts'
import { parseObject } from '../../data/checked-json.ts'
import { placeControl, removeControl } from './place.ts'

const MAX_REQUEST_BYTES = 64 << 10
const MAX_PEERS = 16
/** A peer that sends nothing for this long is disconnected; while its request is worked on, the time does not count. */
const IDLE_MS = 10_000
/** Only the owner may read and write. */
const OTHERS = 0o177

/** A request as a peer has sent it: nothing in it is checked. */
export type ControlRequest = { readonly command: string; readonly [argument: string]: unknown }

/** By name, what gives the answer to a request: plain data. A Failure is the answer as well. */
export type ControlCommands = { readonly [command: string]: (request: ControlRequest) => unknown }

/**
 * Listens for requests until it is disposed of; the caller owns the data folder. Where no socket can be made, warns, and the
 * run goes on without.
 */
export async function openControl(
  dataFolder: string,
  commands: ControlCommands,
  warn: (message: string) => void,
): Promise<AsyncDisposable> {
  const peers = new Set<Socket>()
  // A peer may end its side behind its last request: the answers still go to it.
  const server = createServer({ allowHalfOpen: true }, (peer) => {
    peers.add(peer)
    peer.on('close', () => peers.delete(peer))
    // A peer that is gone needs no answer.
    peer.on('error', () => peer.destroy())
    void serve(peer, commands).then(
      () => peer.end(),
      () => peer.destroy(),
    )
  })
  // A peer that cannot be accepted, as no file can be opened any more, must not end the run.
  server.on('error', () => {})
  server.maxConnections = MAX_PEERS
  const isOpen = await listenIn(server, dataFolder, warn)
  return {
    async [Symbol.asyncDispose]() {
      if (!isOpen) return
      for (const peer of peers) peer.destroy()
      await closed(server)
      removeControl(dataFolder)
    },
  }
}

/** Some file systems have no sockets: then it is put elsewhere, as where the path is too long. */
async function listenIn(server: Server, dataFolder: string, warn: (message: string) => void): Promise<boolean> {
  let failure: unknown
  for (const elsewhere of [false, true]) {
    try {
      removeControl(dataFolder)
      await listenOn(server, placeControl(dataFolder, elsewhere))
      return true
    } catch (error) {
      failure = error
      // Where it was the mode that could not be set: a server that listens on keeps the process from ending.
      if (server.listening) await closed(server)
    }
  }
  const reason = failure instanceof Error ? failure.message : String(failure)
  warn(`no control socket could be made in ${dataFolder}, so 'tailrace status' cannot ask this process: ${reason}`)
  return false
}

const closed = (server: Server): Promise<unknown> => new Promise((resolve) => server.close(resolve))

async function listenOn(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // Nobody else may connect before the mode is set: Node binds the socket within the call.
    const before = process.umask(OTHERS)
    try {
      server.listen(path, () => {
        server.off('error', reject)
        resolve()
      })
    } finally {
      process.umask(before)
    }
  })
  chmodSync(path, 0o600)
}

/** Answers the requests of a peer, one after the other. */
async function serve(peer: Socket, commands: ControlCommands): Promise<void> {
  peer.setTimeout(IDLE_MS, () => peer.destroy())
  let pending = Buffer.alloc(0)
  for await (const piece of peer as AsyncIterable<Buffer>) {
    pending = Buffer.concat([pending, piece])
    for (let end = pending.indexOf(10); end >= 0; end = pending.indexOf(10)) {
      const line = pending.subarray(0, end)
      pending = pending.subarray(end + 1)
      peer.setTimeout(0)
      const answer = `${JSON.stringify(await answerTo(line, commands))}\n`
      peer.setTimeout(IDLE_MS)
      // Called where the peer has gone, too.
      await new Promise((written) => peer.write(answer, written))
    }
    if (pending.length > MAX_REQUEST_BYTES) return
  }
}

async function answerTo(line: Uint8Array, commands: ControlCommands): Promise<object> {
  try {
    const request = parseObject(line)
    if (typeof request?.command !== 'string') throw new Failure('usage', 'a request is a JSON object with a command')
    const { command } = request
    const work = Object.hasOwn(commands, command) ? commands[command] : undefined
    if (work === undefined) {
      throw new Failure('usage', `the process that runs the pipeline does not know the command ${command}`, {
        hint: 'It may be of another version of tailrace: stop it and start it again.',
      })
    }
    return { answer: await work({ ...request, command }) }
  } catch (error) {
    // A bug in an answer must not end the run.
    if (!(error instanceof Failure)) return { failure: { code: 'io', message: `a bug in tailrace: ${String(error)}` } }
    return { failure: failureData(error) }
  }
}
