/**
 * Sends whole lines over TCP, each when it is due. What the receiver answers is read and dropped, except for two things: its last line,
 * which says why it closes the connection, and refusals. Flume's netcat source answers `OK` to each line that it takes, and
 * `FAILED: …` to each that it loses.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Failure } from '../../base/failure.ts'
import type { Pace } from '../../base/pace.ts'
import { counted } from '../../base/units.ts'

const NEWLINE = 10

type Target = { readonly host: string; readonly port: number }

/** Throws a Failure 'usage' if it is no address. */
export function parseTarget(to: string): Target {
  const [, v6, name, port] = /^tcp:\/\/(?:\[([^\]]+)\]|([^:/]+)):(\d{1,5})\/?$/.exec(to) ?? []
  const host = v6 ?? name
  if (host === undefined || Number(port) > 65_535) {
    throw new Failure('usage', `--to ${to}: expected tcp://HOST:PORT, as in tcp://127.0.0.1:9999`)
  }
  return { host, port: Number(port) }
}

export type Sender = {
  /** Sends whole lines when they are due. */
  send(whole: Uint8Array): Promise<void>
  /** Resolves when the receiver has taken everything and closed its end. */
  end(): Promise<void>
  destroy(): void
  lines(): number
  bytes(): number
}

/** Connects, or throws a Failure. */
export async function openSender(target: Target, pace: Pace, signal: AbortSignal): Promise<Sender> {
  const socket = await dial(target)
  const answers = readAnswers(socket)
  let lines = 0
  let bytes = 0
  const broken = new AbortController()
  let failure: Failure | undefined
  const fail = (why: string, cause?: unknown) => {
    const said = answers.last === '' ? '' : `; its last answer was: ${answers.last}`
    failure ??= new Failure('io', `${target.host}:${target.port} ${why} after ${counted(lines, 'line')}${said}`, {
      cause,
    })
    broken.abort()
  }
  socket.on('error', (error) => fail(`broke the connection (${error.message})`, error))
  socket.on('close', () => fail('closed the connection'))
  const stop = AbortSignal.any([signal, broken.signal])
  const check = () => {
    if (failure !== undefined) throw failure
  }
  let before = Promise.resolve()
  // The next piece is prepared while the previous one is sent; no more than these two are held.
  const write = async (part: Uint8Array, count: number) => {
    const sent = new Promise<void>((done) => socket.write(part, () => done()))
    lines += count
    bytes += part.length
    await before
    before = sent
  }
  return {
    async send(whole) {
      const text = Buffer.from(whole.buffer, whole.byteOffset, whole.length)
      for (let start = 0; start < text.length; ) {
        check()
        await pace.wait(stop).catch(() => undefined)
        if (signal.aborted) return
        const { end, count } = lineEnds(text, start, pace.due())
        pace.take(count)
        await write(text.subarray(start, end), count)
        start = end
      }
      check()
    },
    async end() {
      check()
      socket.removeAllListeners('close')
      socket.end()
      // Waits until the receiver has taken everything; after a stop, only until everything is sent.
      if (!socket.writableFinished) await once(socket, 'finish', { signal: broken.signal }).catch(check)
      if (!signal.aborted && !socket.closed) await once(socket, 'close', { signal }).catch(check)
      check()
      if (answers.refused > 0) {
        throw new Failure('io', `${target.host}:${target.port} took ${lines - answers.refused} of ${lines} lines`, {
          hint: `It answered to the last that it did not take: ${answers.refusal}`,
        })
      }
    },
    destroy: () => socket.destroy(),
    lines: () => lines,
    bytes: () => bytes,
  }
}

const REFUSAL = 'FAILED'
/** Of an answer. More of a line is not kept. */
const ANSWER_LENGTH = 200

/** What the receiver has answered so far. */
type Answers = { readonly last: string; readonly refused: number; readonly refusal: string }

/** Reads the answers, so that the receiver never waits for it, and its end is noticed. */
function readAnswers(socket: Socket): Answers {
  const answers = { last: '', refused: 0, refusal: '' }
  let line = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    const [rest = '', ...others] = text.split('\n')
    line = (line + rest).slice(0, ANSWER_LENGTH)
    for (const next of others) {
      const said = line.replace(/[^ -~]/g, '')
      if (said !== '') answers.last = said
      if (said.startsWith(REFUSAL)) {
        answers.refused++
        answers.refusal = said
      }
      line = next.slice(0, ANSWER_LENGTH)
    }
  })
  return answers
}

/** The end of at most `limit` lines from `start` on, and their number. */
function lineEnds(text: Buffer, start: number, limit: number): { readonly end: number; readonly count: number } {
  let end = start
  let count = 0
  while (count < limit && end < text.length) {
    end = text.indexOf(NEWLINE, end) + 1
    count++
  }
  return { end, count }
}

async function dial({ host, port }: Target): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true })
  try {
    await once(socket, 'connect')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ECONNREFUSED') {
      throw new Failure('io', `no process listens on ${host}:${port}`, {
        hint: 'start the pipeline that takes the lines there, or give another --to',
        cause: error,
      })
    }
    throw new Failure('io', `cannot connect to ${host}:${port}: ${message}`, { cause: error })
  }
  return socket
}
