/**
 * Answers that are sent piece by piece: server-sent events, and content of any length. A client that does not take what it was
 * sent is cut off, so that what waits for it is bounded in bytes and in time. One timer serves all streams, however many there are.
 */
import type { ServerResponse } from 'node:http'
import { type Clock, every } from '../../base/clock.ts'
import { RequestError } from '../../source/request-error.ts'

/** Event streams that are open at once; what is asked for beyond is refused with 503. */
const MAX_EVENT_STREAMS = 256
/** Downloads and other long answers that are under way at once. */
const MAX_LONG_ANSWERS = 32
/** A comment is sent after this time without an event, so that proxies keep the connection and a lost client is noticed. */
const BEAT_MS = 15_000
/** How often streams are looked at. */
const LOOK_MS = 5000
/** A client that has taken nothing for this long, although something waits for it, is cut off. */
const SLOW_MS = 30_000

const BEAT = Buffer.from(':\n\n')

type Open = {
  readonly response: ServerResponse
  readonly isEvents: boolean
  /** Time since something was written, and since the client does not take it; undefined: it does. */
  idleMs: number
  slowMs: number | undefined
}

export type Streams = AsyncDisposable & {
  /** Sends what an answer consists of, until its end or that of the connection. Rejects with what the pieces reject with. */
  send(response: ServerResponse, pieces: AsyncIterable<Uint8Array | string>, isEvents?: boolean): Promise<void>
  /** Throws a RequestError where there are too many of them. */
  refuseBeyond(isEvents: boolean): void
}

/** Nothing is open yet. */
export function openStreams(clock: Clock): Streams {
  const all = new Set<Open>()
  const looking = every(clock, LOOK_MS, () => {
    for (const one of all) look(one)
  })
  const count = (isEvents: boolean) => [...all].filter((one) => one.isEvents === isEvents).length
  return {
    async send(response, pieces, isEvents = false) {
      const one: Open = { response, isEvents, idleMs: 0, slowMs: undefined }
      all.add(one)
      try {
        await sendAll(one, pieces)
      } finally {
        all.delete(one)
      }
    },
    refuseBeyond(isEvents) {
      const most = isEvents ? MAX_EVENT_STREAMS : MAX_LONG_ANSWERS
      if (count(isEvents) < most) return
      const what = isEvents ? 'streams of events are open' : 'long answers are under way'
      throw new RequestError(503, `${most} ${what}, and no more may be`, { 'retry-after': '5' })
    },
    [Symbol.asyncDispose]: () => looking[Symbol.asyncDispose](),
  }
}

function look(one: Open): void {
  const { response, isEvents } = one
  if (one.slowMs !== undefined) {
    one.slowMs += LOOK_MS
    if (one.slowMs >= SLOW_MS) response.destroy()
    return
  }
  one.idleMs += LOOK_MS
  if (!isEvents || one.idleMs < BEAT_MS) return
  one.idleMs = 0
  response.write(BEAT)
}

async function sendAll(one: Open, pieces: AsyncIterable<Uint8Array | string>): Promise<void> {
  const { response } = one
  const iterator = pieces[Symbol.asyncIterator]()
  const whileThere = untilClosed(response)
  try {
    while (!response.destroyed) {
      const next = await whileThere(iterator.next())
      if (next === undefined || next.done === true) break
      one.idleMs = 0
      if (response.write(next.value)) continue
      one.slowMs = 0
      await whileThere(new Promise((resolve) => response.once('drain', resolve)))
      one.slowMs = undefined
    }
    response.end()
  } finally {
    // One that waits for something that never comes must not be waited for.
    void iterator.return?.()?.catch(() => {})
  }
}

/**
 * Gives a function that waits for something, but no longer than the client is there; undefined: it is gone. Promise.race would keep
 * each wait until the end of the connection, which may last for weeks.
 */
function untilClosed(response: ServerResponse): <Value>(waited: Promise<Value>) => Promise<Value | undefined> {
  let isGone = response.destroyed
  let leave = () => {}
  response.once('close', () => {
    isGone = true
    leave()
  })
  return (waited) =>
    new Promise((resolve, reject) => {
      leave = () => resolve(undefined)
      waited.then(resolve, reject)
      if (isGone) leave()
    })
}
