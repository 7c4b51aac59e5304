/** The input of `tailrace replay`: a file, a web or FTP address, standard input, or a generated log. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { Failure } from '../../base/failure.ts'
import type { ReadAgain } from '../../bytes/refusal.ts'
import { textOf } from '../../bytes/text.ts'
import type { Fault } from '../../bytes/unpack.ts'
import { checkReadable, fileFailure } from '../../source/file/find.ts'
import { generateAccessLog } from '../../source/made/lines/nasa-lines.ts'
import { openFtpFile, READ_AHEAD_BYTES, shownUrl } from './ftp.ts'

const CHUNK_BYTES = 256 * 1024
const GENERATED_LINES = 200_000

export type ReplayInput = {
  /** "access.log.gz", "a made log of NASA's shape". */
  readonly describe: string
  /** The text, unpacked. */
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  /** What was not right with packed bytes, once all that is good was given. */
  readonly faults: readonly Fault[]
  /** Bytes as stored: of the whole input, if known, and of the part read so far. */
  readonly total: number | undefined
  done(): number
}

/** Throws a Failure if the input cannot be read. */
export async function openReplayInput(text: string, stdin: Readable, signal: AbortSignal): Promise<ReplayInput> {
  if (text === '-') {
    // Otherwise a stop would wait for the next input.
    signal.addEventListener('abort', () => stdin.destroy(), { once: true })
    return packedInput('standard input', stdin, undefined)
  }
  if (text === 'generator' || text.startsWith('generator:')) return generatedInput(text)
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return addressInput(text, signal)
  await checkReadable(text, process.cwd(), 'replay')
  return packedInput(text, createReadStream(text, { highWaterMark: CHUNK_BYTES }), (await stat(text)).size)
}

function packedInput(describe: string, packed: AsyncIterable<Uint8Array>, total: number | undefined): ReplayInput {
  let done = 0
  async function* counted() {
    try {
      for await (const chunk of packed) {
        done += chunk.length
        yield chunk
      }
    } catch (error) {
      throw fileFailure(error, describe, 'replay')
    }
  }
  const faults: Fault[] = []
  // The first bytes show whether the input is packed: some servers unpack `.gz`, and standard input has no name.
  const chunks = textOf(counted(), { name: describe, fault: (fault) => faults.push(fault), again: pipedToReplay })
  return { describe, chunks, faults, total, done: () => done }
}

const pipedToReplay: ReadAgain = (_, filter) => filter && `… | ${filter} | tailrace replay - …`

async function addressInput(text: string, signal: AbortSignal): Promise<ReplayInput> {
  const url = URL.parse(text)
  // An address may have a password in it, so only its beginning is shown.
  if (url === null) throw new Failure('usage', `an address that begins with ${text.split('://')[0]}:// is malformed`)
  switch (url.protocol) {
    case 'http:':
    case 'https:':
      return await webInput(url, signal)
    case 'ftp:': {
      const { content, total } = await openFtpFile(url, signal)
      return packedInput(shownUrl(url), content, total)
    }
    default:
      throw new Failure('usage', `${shownUrl(url)}: only http, https and ftp addresses can be read`)
  }
}

async function webInput(url: URL, signal: AbortSignal): Promise<ReplayInput> {
  const { username, password } = url
  const shown = shownUrl(url)
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  const headers: Record<string, string> = username === '' ? {} : { authorization: `Basic ${login}` }
  const answer = await fetch(shown, { signal, headers }).catch((error: Error) => {
    if (signal.aborted) throw error
    const why = error.cause instanceof Error ? error.cause.message : error.message
    throw new Failure('io', `replay: ${shown} cannot be read: ${why}`, { cause: error })
  })
  if (!answer.ok || answer.body === null) {
    const code = answer.status === 404 ? 'not-found' : 'io'
    throw new Failure(code, `replay: ${shown} answered ${answer.status} ${answer.statusText}`)
  }
  // With a content encoding, the length is not that of the bytes that arrive here.
  const length = answer.headers.has('content-encoding') ? null : answer.headers.get('content-length')
  const content = Readable.fromWeb(answer.body as ReadableStream, { highWaterMark: READ_AHEAD_BYTES })
  content.on('error', () => {})
  return packedInput(shown, content, length === null ? undefined : Number(length))
}

function generatedInput(text: string): ReplayInput {
  const options = { lines: GENERATED_LINES, seed: 1 }
  for (const setting of text.split(':')[1]?.split(',') ?? []) {
    const [, name, value] = /^(lines|seed)=(\d+)$/.exec(setting) ?? []
    if (name === undefined) {
      throw new Failure('usage', `${text}: expected generator:lines=${GENERATED_LINES},seed=1`)
    }
    options[name as keyof typeof options] = Number(value)
  }
  let done = 0
  function* counted() {
    for (const chunk of generateAccessLog(options)) {
      yield chunk
      done += chunk.length
    }
  }
  const describe = `a made log of NASA's shape (seed ${options.seed})`
  return { describe, chunks: counted(), faults: [], total: undefined, done: () => done }
}
