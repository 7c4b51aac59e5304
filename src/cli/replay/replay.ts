/**
 * `tailrace replay`: sends the lines of a log to a socket, at a rate. 10/s is one line every 0.1 s; max is as fast as the
 * receiver takes them. Only whole lines are sent, even after a stop.
 */
import type { Readable } from 'node:stream'
import { Command } from 'commander'
import { type Clock, systemClock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import { openPace } from '../../base/pace.ts'
import { byteText, counted, mebibyteText, parseQuantity, RATE } from '../../base/units.ts'
import { hasMark } from '../../bytes/mark.ts'
import { indexOfNul } from '../../bytes/nuls.ts'
import { faultText } from '../../bytes/unpack.ts'
import type { Records } from '../../record/column.ts'
import { LineCutter } from '../../record/line-cutter.ts'
import type { OutputStream } from '../../terminal/colour.ts'
import { openProgress } from '../../terminal/progress.ts'
import { whichOptions } from '../option/pipeline.ts'
import { spanOptions } from '../option/span.ts'
import { openReplayInput, type ReplayInput } from './input.ts'
import { type ReplayQueryOptions, replayQuery } from './query.ts'
import { openSender, parseTarget, type Sender } from './send.ts'
import { openShift, type Shift } from './shift.ts'

const NEWLINE = 10
/** A line must be held whole before it is sent. */
const LINE_LIMIT = 64 << 20

type ReplayOptions = Omit<ReplayQueryOptions, 'query'> & {
  readonly to?: string
  readonly rate: string
  readonly shiftToNow?: boolean
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
      'a file (plain, .gz, .zst), an http, https or ftp address, - for standard input, or generator:lines=N,seed=N; with --query, a query',
    )
    .option('--to <tcp://host:port>', 'the receiver of the lines')
    .option('--rate <rate>', 'lines a second, as 10/s, or max', 'max')
    .option('--shift-to-now', 'move the times of an access log: its first line is now, the distances stay')
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
  tailrace replay ftp://user:password@host/access.log.gz --to tcp://127.0.0.1:9999 --shift-to-now
  tailrace replay generator:lines=200000,seed=1 --to tcp://127.0.0.1:9999            a made log of NASA's shape
  tailrace replay methods --query new.sql --into scratch --compare --for 1995-07-01  what would other SQL have given?
`,
    )
    .action(async (input: string, options: ReplayOptions) => {
      const { to, rate, query, shiftToNow } = options
      if (query !== undefined) {
        if (shiftToNow === true)
          throw new Failure('usage', '--shift-to-now is for lines that are sent, not for --query')
        await replayQuery(input, { ...options, query })
        return
      }
      if (to === undefined) {
        throw new Failure('usage', 'replay needs a receiver', {
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
        shiftsToNow: shiftToNow === true,
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
  readonly shiftsToNow: boolean
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly stdin: Readable
  readonly stderr: OutputStream
}

/** Sends the input. Throws a Failure if it cannot be read, or if the connection fails. */
export async function replay(options: Replay): Promise<void> {
  const { clock, signal, stderr } = options
  const address = parseTarget(options.to)
  const pace = openPace(parseQuantity(options.rate, RATE), clock)
  const shift = options.shiftsToNow ? openShift(clock) : undefined
  const over = new AbortController()
  const input = await openReplayInput(options.input, options.stdin, AbortSignal.any([signal, over.signal]))
  try {
    const began = clock.elapsed()
    const sender = await openSender(address, pace, signal)
    const progress = openProgress(stderr, clock, {
      label: 'sending',
      total: input.total,
      show: mebibyteText,
      environment: process.env,
    })
    try {
      const moved = () => progress.update(input.done())
      await sendAll({ input, sender, shift, moved }, signal).catch((error) => {
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
    stderr.write(`${counted(sender.lines(), 'line')}, ${counted(sender.bytes(), 'byte')}, ${seconds} s${stopped}\n`)
    if (shift !== undefined) stderr.write(`${shift.describe()}\n`)
    tellFaults(input, stderr)
  } finally {
    // Where the receiver is gone, the input is still open.
    over.abort()
  }
}

type Sending = {
  readonly input: ReplayInput
  readonly sender: Sender
  readonly shift: Shift | undefined
  moved(): void
}

async function sendAll({ input, sender, shift, moved }: Sending, signal: AbortSignal): Promise<void> {
  const send = async (lines: Uint8Array) => {
    if (shift === undefined) return await sender.send(lines)
    // The chunk belongs to the input, which may use its memory again.
    const own = Buffer.from(lines)
    shift.apply(own)
    await sender.send(own)
  }
  const cutter = new LineCutter(LINE_LIMIT, (position) => {
    throw new Failure('limit', `${input.describe}: the line at byte ${position} is longer than ${byteText(LINE_LIMIT)}`)
  })
  const sendText = (whole: Uint8Array) => send(isText(whole, cutter) ? whole : joined(cutter.lines(whole)))
  for await (const chunk of input.chunks) {
    if (signal.aborted) return
    await sendText(cutter.add(chunk))
    moved()
  }
  // The rest of a line that damage has cut is not a line.
  if (signal.aborted || isDamaged(input)) return
  const last = joined(cutter.lines(cutter.rest()))
  if (last.length > 0) await send(last)
}

/** Whether whole lines have neither NULs nor the byte order mark of the input, which are not sent. */
const isText = (whole: Uint8Array, { position }: LineCutter): boolean =>
  indexOfNul(whole) < 0 && !(position === whole.length && hasMark(whole))

const joined = ({ bytes, start, end, count }: Records): Uint8Array =>
  Buffer.concat(
    Array.from({ length: count }, (_, line) => [bytes.subarray(start[line], end[line]), Buffer.of(NEWLINE)]).flat(),
  )

const isDamaged = ({ faults }: ReplayInput): boolean => faults.some(({ kind }) => kind !== 'rest')

/** Says what was not right with the input. Throws a Failure where something of it is missing. */
function tellFaults({ describe, faults }: ReplayInput, stderr: OutputStream): void {
  for (const fault of faults) {
    const message = faultText(describe, fault)
    if (fault.kind !== 'rest') throw new Failure('corrupt', `${message}; all lines before that were sent`)
    stderr.write(`warning: ${message}\n`)
  }
}
