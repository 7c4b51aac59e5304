/**
 * The head of an access-log line, `host ident user `, and why a line has none.
 *
 * Neighbouring formats put something in front of the host (a virtual host, a duration, the head of a syslog line) or leave a
 * field out. Their lines would be rows with shifted columns. So a head has these rules, which the lines of servers keep:
 *
 * - The host is one word without commas, quotes and control characters, and begins as a name or an address does. A colon in it
 *   belongs to an address, a port or `unix:`.
 * - The ident is one word, and no address. Neither it nor a word of the user begins with a bracket and a digit,
 *   as times and durations do.
 * - The user may contain spaces, but none at its ends, and no word of it is `-` or an address. `-` alone is no user. It may
 *   be absent only behind an ident `-`.
 *
 * `vhost` formats have a virtual host in front: a name or an address, perhaps with a port. In `forwarded` formats the host is the
 * first of a list of addresses with commas between them.
 *
 * The kernel (`kernel/assembly/access-log/head.ts`) decides; this file only finds the reason for a reject.
 */
import { Buffer } from 'node:buffer'
import { MOST_PORT } from '../../kernel/assembly/access-log/columns.ts'
import type { Trouble } from './reject.ts'

/** What lines have before the ident: a host; a virtual host and a host; or a list of addresses, whose first is the host. */
export type Lead = 'host' | 'vhost' | 'forwarded'

/** The end of a head: what every line of an access log has. */
export const TIME_AND_QUOTE: RegExp = / \[.{26}\] "/s
const NO_NAMES = 'expected host, ident and user before the [time]'
const OPEN_NUMBER = /^\[\d/
const SECOND_BRACKET = 'another field stands in front of the [time]'
/** If the kernel rejects what this file finds no fault with: a test looks for such lines. */
const LAST_RESORT = 'expected host, ident and user'
const HOST_START = /^[A-Za-z0-9._:/*\x80-\xff-]/
const VHOST = /^(?:[-_]|(?!\xef\xbb\xbf)(?=[^:]*[A-Za-z\x80-\xff])[A-Za-z0-9._\x80-\xff-]+(?::\d+)?)$/
const V4 = /^\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?$/
const BRACKETED = /^\[(.*?)\](?::\d+)?$/s

function isAddress(word: string): boolean {
  const bracketed = BRACKETED.exec(word)
  if (bracketed !== null) return isV6(bracketed[1] as string)
  return V4.test(word) || isV6(word)
}

function isV6(word: string): boolean {
  const [address = ''] = word.split('%')
  const colons = address.split(':').length - 1
  return /^[\dA-Fa-f:.]*$/.test(address) && (colons === 7 || (address.includes('::') && colons < 8))
}

/** The trouble of a line in which the kernel found no head; `from` is its position. */
export function headTrouble(line: Uint8Array, from: number, lead: Lead): Trouble {
  const [at, reason] = reasonOf(Buffer.from(line).toString('latin1'), lead)
  return [from + at, reason]
}

function reasonOf(line: string, lead: Lead): Trouble {
  if (line === '') return [0, 'the line is empty']
  const time = TIME_AND_QUOTE.exec(line)
  if (lead !== 'vhost') return headReason(line, 0, time?.index, lead)
  const vhostEnd = spaceIn(line, 0)
  if (vhostEnd === 0) return [0, 'expected a virtual host, found a space']
  const vhost = line.slice(0, vhostEnd)
  if (vhostEnd === line.length || !(VHOST.test(vhost) || isAddress(vhost))) {
    return [0, 'expected a virtual host: a name or an address, perhaps with a port']
  }
  const [, port] = /^(?:[^:]*|\[.*\]):(\d+)$/s.exec(vhost) ?? []
  if (Number(port ?? 0) > MOST_PORT) return [0, `the port of the virtual host is above ${MOST_PORT}`]
  return headReason(line, vhostEnd + 1, time?.index, lead)
}

const isHost = (word: string): boolean =>
  word.startsWith('[')
    ? isAddress(word)
    : HOST_START.test(word) && !word.startsWith('\xef\xbb\xbf') && isColonFitting(word)

/** A colon is part of an address, before a port, or behind `unix`. */
const isColonFitting = (word: string): boolean => /^(?:[^:]*|[^:]+:\d+|unix:.*)$/s.test(word) || isAddress(word)

/** `time`: the space before the time in brackets and the quoted request, if there are such. */
function headReason(line: string, from: number, time: number | undefined, lead: Lead): Trouble {
  if (from >= line.length || line[from] === ' ') return [from, 'expected a host, found a space']
  const hostEnd = lead === 'forwarded' ? listEnd(line) : spaceIn(line, from)
  const hosts = lead === 'forwarded' ? line.slice(from, hostEnd).split(/, */) : [line.slice(from, hostEnd)]
  const comma = hosts[0]?.indexOf(',') ?? -1
  if (lead === 'host' && comma >= 0) {
    return [comma, 'expected one host, found a comma: forwarded_combined and forwarded_common read lists of addresses']
  }
  const odd = hosts.join().search(lead === 'forwarded' ? /[\0-\x1f"\x7f]/ : /[\0-\x1f",\x7f]/)
  if (time === undefined && odd < 0 && line[hostEnd + 1] !== ' ') return noTime(line, hostEnd)
  if (odd >= 0 || hostEnd === line.length || !hosts.every(isHost) || (lead === 'vhost' && hosts[0] === '-')) {
    const isWord = odd < 0 && hosts.some((word) => word.includes(':'))
    const what = lead === 'forwarded' ? 'addresses with commas between them' : 'a host: a name or an address'
    const hint = isWord ? ', and nothing with a colon in front of it (grep -h writes none)' : ''
    return [lead === 'forwarded' ? from : from + Math.max(0, odd), `expected ${what}${hint}`]
  }
  if (line[hostEnd + 1] === ' ') return [hostEnd + 1, 'expected an ident, found a space']
  return time === undefined ? noTime(line, hostEnd) : nameReason(line, hostEnd + 1, time, lead)
}

/** The space after a list with commas and perhaps spaces between its words. */
function listEnd(line: string): number {
  const [list = ''] = /^(?:[^ ,]*, *)*[^ ,]*/.exec(line) ?? []
  return list.length
}

/** Why the line is no row that has a host and a time. */
function nameReason(line: string, ident: number, time: number, lead: Lead): Trouble {
  const identEnd = spaceIn(line, ident)
  if (time < ident) return [time + 1, NO_NAMES]
  if (isAddress(line.slice(ident, identEnd).replace(/,$/, ''))) {
    const hint = lead === 'host' ? ': vhost_combined and vhost_common read a virtual host in front of the host' : ''
    return [ident, `expected an ident, found an address${hint}`]
  }
  if (OPEN_NUMBER.test(line.slice(ident)))
    return [ident, `expected an ident, found a number in a bracket: ${SECOND_BRACKET}`]
  const control = line.slice(ident, identEnd).search(/[\0-\x1f]/)
  if (control >= 0) return [ident + control, 'expected an ident, found a control character']
  if (time <= identEnd) return [time + 1, 'expected ident and user before the [time]']
  const user = identEnd + 1
  const words = line.slice(user, time).split(/[\0-\x20]/)
  let at = user
  for (const [i, word] of words.entries()) {
    if (word === '' && (i === 0 || i === words.length - 1)) return [at, 'expected a user, found a space']
    if (OPEN_NUMBER.test(word)) return [at, `the user contains a number in a bracket: ${SECOND_BRACKET}`]
    if (word === '-' || isAddress(word.replace(/,$/, ''))) {
      return [
        at,
        `the user contains ${word === '-' ? 'the word -' : 'an address'}: something stands in front of the host`,
      ]
    }
    at += word.length + 1
  }
  return [user, LAST_RESORT]
}

/** The trouble of a line without a time in brackets and a quoted request. */
function noTime(line: string, hostEnd: number): Trouble {
  const identEnd = spaceIn(line, Math.min(hostEnd + 1, line.length))
  const open = line.indexOf('[', Math.min(identEnd + 1, line.length))
  if (open >= 0) return [open, 'expected [time] and the quoted request behind it']
  const early = line.indexOf('[')
  if (early >= 0) return [early, NO_NAMES]
  return [Math.min(identEnd + 1, line.length), 'expected a user and a [time], found no [']
}

function spaceIn(line: string, from: number): number {
  const at = line.indexOf(' ', from)
  return at < 0 ? line.length : at
}
