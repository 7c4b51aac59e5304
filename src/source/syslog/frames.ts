/**
 * Cuts the bytes of a TCP or TLS connection into syslog messages (RFC 6587, RFC 5425). There are two ways to say where one ends:
 *
 *     octet counting     52 <34>1 2003-10-11T22:14:15.003Z host su - ID47 - text      the length, a blank, the message
 *     line ends          <34>Oct 11 22:14:15 host su: text LF                         LF or NUL behind the message
 *
 * `auto` tells them apart at each message: one that begins with a length and a blank is counted, as no message of syslog begins so. What
 * follows a counted message begins with a length or with `<`; anything else means that a length was wrong, and nothing behind it can
 * be read.
 *
 * A message that is too long is skipped: no more than `longest` bytes and a head are ever kept. Line ends and NULs at the end of a
 * message are no part of it, and a message without anything else is none.
 */
import type { Records } from '../../record/column.ts'
import { growRecords, makeRecords } from '../../record/lines-split.ts'
import { Unread } from '../network/unread.ts'

export type Framing = 'auto' | 'counted' | 'lines'

export type SyslogFramesOptions = {
  readonly framing: Framing
  /** The most bytes of a message. */
  readonly longest: number
  /** A message was left out. */
  tooLong(): void
}

const LF = 10
const CR = 13
const BLANK = 32
const ZERO = 48
const LESS = 60
/** Digits of the longest length that is believed; a gigabyte has ten. */
const MOST_DIGITS = 9
const NOTHING = new Uint8Array(0)
const NO_MESSAGES: Records = makeRecords(0)

const isDigit = (byte: number | undefined): boolean => byte !== undefined && (byte - ZERO) >>> 0 <= 9

/** The head of a counted message: its length, and how many bytes say so. */
type Head = { readonly length: number; readonly bytes: number }

/** Cuts one connection. */
export class SyslogFrames {
  readonly #options: SyslogFramesOptions
  readonly #unread = new Unread()
  /** Bytes of what is kept that were searched for a line end. */
  #searched = 0
  /** Bytes of a counted message that are still to be skipped. */
  #skip = 0
  #skipsLine = false
  #wasCounted = false
  /** Where the next NUL is, as far as it was searched for; in the bytes of one call. */
  #nul = -1
  #why: string | undefined

  constructor(options: SyslogFramesOptions) {
    this.#options = options
  }

  /** Why nothing more can be read; undefined: all is well. */
  get why(): string | undefined {
    return this.#why
  }

  /** How many bytes of a message that is not whole are kept. */
  get kept(): number {
    return this.#unread.length
  }

  /** Whether a message has begun that is not whole. */
  get isPartial(): boolean {
    return this.kept > 0 || this.#skip > 0 || this.#skipsLine
  }

  /** The messages that end in this chunk. Their bytes are valid until the next call. */
  add(chunk: Uint8Array): Records {
    if (this.#why !== undefined) return NO_MESSAGES
    const bytes = this.#unread.with(chunk)
    const messages = makeRecords((chunk.length >> 6) + 1)
    messages.bytes = bytes
    this.#nul = -1
    let at = 0
    for (let next = this.#step(at, messages); next > at; next = this.#step(at, messages)) at = next
    if (this.#why === undefined) this.#unread.keep(bytes, at)
    else this.#unread.clear()
    return messages
  }

  /** The last message, where the connection ended without a line end behind it. */
  end(): Records {
    if (this.kept === 0 || this.#options.framing === 'counted') return NO_MESSAGES
    if (typeof this.#headAt(this.#unread.with(NOTHING), 0) === 'object') return NO_MESSAGES
    return this.add(Uint8Array.of(LF))
  }

  /** Takes the next message, or a part of one that is skipped; gives the place behind it, or `at` where it needs more. */
  #step(at: number, messages: Records): number {
    const { bytes } = messages
    if (at >= bytes.length || this.#why !== undefined) return at
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, bytes.length - at)
      this.#skip -= skipped
      return at + skipped
    }
    if (this.#skipsLine) {
      const end = this.#endOfLine(bytes, at)
      this.#skipsLine = end < 0
      return end < 0 ? bytes.length : end + 1
    }
    const byte = bytes[at] as number
    if (byte === LF || byte === CR || byte === 0) return at + 1
    const head = this.#headAt(bytes, at)
    if (head === 'more') return at
    if (head === undefined) return this.#line(at, messages)
    return this.#counted(at, head, messages)
  }

  /** The head of a counted message; undefined where a line begins, or where `why` says what is wrong. */
  #headAt(bytes: Uint8Array, at: number): Head | 'more' | undefined {
    const { framing } = this.#options
    if (framing === 'lines') return undefined
    let length = 0
    let stop = at
    for (; stop - at < MOST_DIGITS && isDigit(bytes[stop]); stop++)
      length = 10 * length + (bytes[stop] as number) - ZERO
    if (stop === bytes.length && stop - at < MOST_DIGITS && length > 0) return 'more'
    if (length > 0 && bytes[at] !== ZERO) {
      if (stop === bytes.length) return 'more'
      if (bytes[stop] === BLANK) return { length, bytes: stop + 1 - at }
    }
    if (framing === 'counted') this.#why = 'it sent a message without its length in front (framing: counted)'
    else if (this.#wasCounted && bytes[at] !== LESS) {
      this.#why = 'a message is not as long as the length in front of it says (octet counting)'
    }
    return undefined
  }

  #counted(at: number, { length, bytes: headBytes }: Head, messages: Records): number {
    const from = at + headBytes
    this.#wasCounted = true
    if (length > this.#options.longest) {
      this.#options.tooLong()
      this.#skip = length
      return from
    }
    if (from + length > messages.bytes.length) return at
    addMessage(messages, from, from + length)
    return from + length
  }

  #line(at: number, messages: Records): number {
    if (this.#why !== undefined) return at
    const { bytes } = messages
    const { longest } = this.#options
    const end = this.#endOfLine(bytes, at + this.#searched)
    this.#searched = 0
    if (end < 0 && bytes.length - at <= longest) {
      this.#searched = bytes.length - at
      return at
    }
    if ((end < 0 ? bytes.length : end) - at > longest) {
      this.#options.tooLong()
      this.#skipsLine = end < 0
    } else addMessage(messages, at, end)
    return end < 0 ? bytes.length : end + 1
  }

  /** The first LF or NUL; -1 where there is none. */
  #endOfLine(bytes: Uint8Array, from: number): number {
    if (this.#nul < from) this.#nul = indexOrEnd(bytes, 0, from)
    const line = indexOrEnd(bytes, LF, from)
    const end = Math.min(this.#nul, line)
    return end === bytes.length ? -1 : end
  }
}

function indexOrEnd(bytes: Uint8Array, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from)
  return at < 0 ? bytes.length : at
}

/** Adds the message in [from, to) of the bytes, without what ends it. */
export function addMessage(messages: Records, from: number, to: number): void {
  const { bytes } = messages
  let end = to
  while (end > from && (bytes[end - 1] === LF || bytes[end - 1] === CR || bytes[end - 1] === 0)) end--
  if (end === from) return
  if (messages.count === messages.start.length) growRecords(messages)
  messages.start[messages.count] = from
  messages.end[messages.count++] = end
}
