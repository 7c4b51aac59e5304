/**
 * `tailrace replay`: sends the lines of a log to a socket, at a rate. 10/s is one line every 0.1 s; max is as fast as the
 * receiver takes them. Only whole lines are sent, even after a stop.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { Command } from 'commander'
import { type Clock, systemClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { openPace, type Pace } from '../base/pace.ts'
import { byteText, mebibyteText, parseQuantity, RATE } from '../base/units.ts'
import { LineCutter } from '../record/line-cutter.ts'
import type { OutputStream } from '../terminal/colour.ts'
import { openProgress } from '../terminal/progress.ts'
import { whichOptions } from './option/pipeline.ts'
import { spanOptions } from './option/span.ts'
import { openReplayInput, type ReplayInput } from './replay-input.ts'
import { type ReplayQueryOptions, replayQuery } from './replay-query.ts'

const NEWLINE = 10
/** A line must be held whole before it is sent. */
const LINE_LIMIT = 64 << 20

type ReplayOptions = Omit<ReplayQueryOptions, 'query'> & {
  readonly to?: string
  readonly rate: string
  readonly query?: string
}

/** The command `replay`. */
export function replayCommand(): Command {
  const command = new Command('replay')
    .description(
      'Sends the lines of a log to a socket, at a rate. Or runs another statement over what a query has read.',
    )
    .argument(
      '<INPUT>',
      'a file (plain, .gz, .zst), an http address, - for standard input, or generator:lines=N,seed=N; with --query, a query',
    )
    .option('--to <tcp://host:port>', 'who takes the lines')
    .option('--rate <rate>', 'lines a second, as 10/s, or max', 'max')
    .option('--query <file.sql>', 'the statement to run over the history of the query INPUT')
    .option('--into <name>', 'the topic that its rows go to, in a data folder of its own', 'scratch')
    .option('--compare', 'print the rows that differ from those of the query')
  return whichOptions(spanOptions(command))
    .addHelpText(
      'after',
      `
Examples:
  tailrace replay access.log.gz --to tcp://127.0.0.1:9999
  tailrace replay NASA_access_log_Jul95.gz --to tcp://127.0.0.1:9999 --rate 10/s     one line every 0.1 s
  tailrace replay generator:lines=200000,seed=1 --to tcp://127.0.0.1:9999            a made log of NASA's shape
  tailrace replay methods --query new.sql --into scratch --compare --for 1995-07-01  what would other SQL have given?
`,
    )
    .action(async (input: string, options: ReplayOptions) => {
      const { to, rate, query } = options
      if (query !== undefined) {
        await replayQuery(input, { ...options, query })
        return
      }
      if (to === undefined) {
        throw new Failure('usage', 'replay to whom?', {
          hint: 'Say --to tcp://127.0.0.1:9999, or --query new.sql to run another statement over the history of a query.',
        })
      }
      const stop = new AbortController()
      process.once('SIGINT', () => stop.abort())
      process.once('SIGTERM', () => stop.abort())
      await replay({
        input,
        to,
        rate,
        clock: systemClock,
        signal: stop.signal,
        stdin: process.stdin,
        stderr: process.stderr,
      })
      // The code that a shell gives to a process that an interrupt has ended.
      if (stop.signal.aborted) process.exit(130)
    })
}

export type Replay = {
  readonly input: string
  readonly to: string
  readonly rate: string
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly stdin: Readable
  readonly stderr: OutputStream
}

/** Sends the input. Throws a Failure if it cannot be read, or if the connection fails. */
export async function replay({ input: text, to, rate, clock, signal, stdin, stderr }: Replay): Promise<void> {
  const address = parseTarget(to)
  const pace = openPace(parseQuantity(rate, RATE), clock)
  const input = await openReplayInput(text, stdin, signal)
  const began = clock.elapsed()
  const sender = await openSender(address, pace, signal)
  const progress = openProgress(stderr, clock, { label: 'sending', total: input.total, show: mebibyteText })
  try {
    await sendAll(input, sender, signal, () => progress.update(input.done())).catch((error) => {
      // An input that is closed in the middle throws.
      if (!signal.aborted) throw error
    })
    await sender.end()
  } finally {
    progress.end()
    sender.destroy()
  }
  const seconds = ((clock.elapsed() - began) / 1000).toFixed(2)
  const stopped = signal.aborted ? ', stopped' : ''
  stderr.write(`${sender.lines()} lines, ${sender.bytes()} bytes, ${seconds} s${stopped}\n`)
}

type Target = { readonly host: string; readonly port: number }

function parseTarget(to: string): Target {
  const [, v6, name, port] = /^tcp:\/\/(?:\[([^\]]+)\]|([^:/]+)):(\d{1,5})\/?$/.exec(to) ?? []
  const host = v6 ?? name
  if (host === undefined || Number(port) > 65_535) {
    throw new Failure('usage', `--to ${to}: expected tcp://HOST:PORT, as in tcp://127.0.0.1:9999`)
  }
  return { host, port: Number(port) }
}

async function sendAll(input: ReplayInput, sender: Sender, signal: AbortSignal, moved: () => void): Promise<void> {
  const cutter = new LineCutter(LINE_LIMIT, (position) => {
    throw new Failure('limit', `${input.describe}: the line at byte ${position} is longer than ${byteText(LINE_LIMIT)}`)
  })
  for await (const chunk of input.chunks) {
    if (signal.aborted) return
    await sender.send(cutter.add(chunk))
    moved()
  }
  const last = cutter.rest()
  if (!signal.aborted && last.length > 0) await sender.send(Buffer.concat([last, Buffer.of(NEWLINE)]))
}

type Sender = {
  /** Sends whole lines when they are due. */
  send(whole: Uint8Array): Promise<void>
  /** Resolves when the receiver has taken everything and closed its end. */
  end(): Promise<void>
  destroy(): void
  lines(): number
  bytes(): number
}

async function openSender(target: Target, pace: Pace, signal: AbortSignal): Promise<Sender> {
  const socket = await dial(target)
  let lines = 0
  let bytes = 0
  const broken = new AbortController()
  let failure: Failure | undefined
  const fail = (why: string, cause?: unknown) => {
    failure ??= new Failure('io', `${target.host}:${target.port} ${why} after ${lines} lines`, { cause })
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
    },
    destroy: () => socket.destroy(),
    lines: () => lines,
    bytes: () => bytes,
  }
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
  // The receiver's own bytes are read and dropped, so that its end is noticed.
  const socket = connect({ host, port, noDelay: true }).resume()
  try {
    await once(socket, 'connect')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ECONNREFUSED') {
      throw new Failure('io', `nobody listens on ${host}:${port}`, {
        hint: 'start the pipeline that takes the lines there, or say another --to',
        cause: error,
      })
    }
    throw new Failure('io', `cannot connect to ${host}:${port}: ${message}`, { cause: error })
  }
  return socket
}
