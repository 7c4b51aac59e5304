/**
 * The directives of Apache, and the parts of a `LogFormat`. Source: Apache httpd 2.4, mod_log_config, mod_logio, mod_ssl.
 * `%>s`, `%<s` and lists of statuses (`%!200{Referer}i`) change which value is written, not how.
 */
import { type FieldPart, type FormatPart, joinTexts, type Named, type Reads } from './part.ts'
import { type Pasted, pastedFailure } from './pasted.ts'
import { CLF_PATTERN, type TimePattern, timePattern } from './time-pattern.ts'

const TEXT: Reads = { is: 'text' }
const WORD: Reads = { is: 'word' }
const ADDRESS: Reads = { is: 'word', isFilled: true }
const BIGINT: Reads = { is: 'bigint' }
const INT: Reads = { is: 'int' }

/** Directives without an argument, by their letter. */
const PLAIN: Readonly<Record<string, Named>> = {
  a: { name: 'host', reads: ADDRESS },
  A: { name: 'server_addr', reads: ADDRESS },
  B: { name: 'body_bytes', reads: BIGINT },
  b: { name: 'body_bytes', reads: BIGINT },
  D: { name: 'request_time_us', reads: BIGINT },
  f: { name: 'filename', reads: { is: 'path' } },
  h: { name: 'host', reads: ADDRESS },
  H: { name: 'server_protocol', reads: WORD },
  I: { name: 'bytes_received', reads: BIGINT },
  k: { name: 'connection_requests', reads: BIGINT },
  l: { name: 'ident', reads: ADDRESS },
  L: { name: 'log_id', reads: WORD },
  m: { name: 'request_method', reads: WORD },
  O: { name: 'bytes_sent', reads: BIGINT },
  p: { name: 'vhost_port', reads: INT },
  P: { name: 'pid', reads: BIGINT },
  q: { name: 'query_string', reads: { is: 'query' } },
  r: { name: 'request', reads: { is: 'request' } },
  R: { name: 'handler', reads: TEXT },
  s: { name: 'status', reads: { is: 'status' } },
  S: { name: 'bytes_transferred', reads: BIGINT },
  T: { name: 'request_time_s', reads: BIGINT },
  u: { name: 'remote_user', reads: TEXT },
  U: { name: 'uri', reads: { is: 'path' } },
  v: { name: 'vhost', reads: WORD },
  V: { name: 'server_name', reads: WORD },
  X: { name: 'connection_status', reads: { is: 'char' } },
  '^FB': { name: 'first_byte_us', reads: BIGINT },
}

/** What is a part of the request where the request itself is not in the format. */
const ALONE: Readonly<Record<string, Named>> = {
  H: { name: 'protocol', reads: WORD },
  m: { name: 'http_method', reads: WORD },
  q: { name: 'query', reads: { is: 'query' } },
  U: { name: 'path', reads: { is: 'path' } },
}

/** Directives with an argument whose name says it all. */
const WITH_ARGUMENT: Readonly<Record<string, Named>> = {
  '{c}a': { name: 'peer_addr', reads: ADDRESS },
  '{c}h': { name: 'peer_host', reads: ADDRESS },
  '{canonical}p': { name: 'vhost_port', reads: INT },
  '{local}p': { name: 'server_port', reads: INT },
  '{remote}p': { name: 'remote_port', reads: INT },
  '{pid}P': { name: 'pid', reads: BIGINT },
  '{tid}P': { name: 'tid', reads: BIGINT },
  '{hextid}P': { name: 'tid_hex', reads: WORD },
  '{s}T': { name: 'request_time_s', reads: BIGINT },
  '{ms}T': { name: 'request_time_ms', reads: BIGINT },
  '{us}T': { name: 'request_time_us', reads: BIGINT },
  '{c}L': { name: 'connection_log_id', reads: WORD },
}

/** What the name of a column begins with, for a directive about something that has a name. */
const PREFIXES: Readonly<Record<string, string>> = {
  C: 'cookie',
  e: 'env',
  i: 'http',
  n: 'note',
  o: 'sent_http',
  x: 'ssl',
  c: 'ssl',
  '^ti': 'trailer',
  '^to': 'sent_trailer',
}
const LISTS = /^x-forwarded-for$/i
const SENTENCES =
  /^(user-agent|cookie|accept.*|via|forwarded|authorization|set-cookie|last-modified|if-modified-since)$/i
const USUAL: Readonly<Record<string, string>> = { http_referer: 'referer', http_user_agent: 'agent' }

const DIRECTIVE = /%([<>!,\d]*)(?:\{([^}]*)\})?[<>!,\d]*(\^..|.)/sy

/** The parts of a format. Throws a Failure `usage` with the place. */
export function apacheParts(source: string, { text, places }: Pasted): FormatPart[] {
  const parts: FormatPart[] = []
  for (let at = 0; at < text.length; ) {
    if (text[at] !== '%') {
      const next = text.indexOf('%', at)
      const end = next < 0 ? text.length : next
      parts.push({ kind: 'text', text: plainText(text.slice(at, end)), at })
      at = end
      continue
    }
    DIRECTIVE.lastIndex = at
    const found = DIRECTIVE.exec(text)
    if (found === null) {
      throw pastedFailure(source, places[at] ?? source.length, 'a % that no directive follows (%% is a percent sign)')
    }
    const [written, modifiers = '', argument, letter = ''] = found
    const directive = directiveParts({
      written,
      argument,
      letter,
      at,
      isConditional: /\d/.test(written.split('{')[0] ?? ''),
    })
    if (directive === undefined) {
      throw pastedFailure(source, places[at] ?? source.length, `Apache has no directive ${written}`)
    }
    parts.push(...directive.map((part) => withOriginal(part, modifiers)))
    at = DIRECTIVE.lastIndex
  }
  return mergeTargets(mergeTimes(apartNames(joinTexts(parts))))
}

/** `%s` beside `%>s` is the status before an internal redirect, `%a` beside `%h` the address of the client. */
function apartNames(parts: readonly FormatPart[]): FormatPart[] {
  const has = (pattern: RegExp) => parts.some((part) => part.kind === 'field' && pattern.test(part.written))
  const renamed: readonly (readonly [RegExp, string])[] = [
    ...(has(/^%[\d,!]*>[\d,!]*s$/) ? [[/^%[\d,!]*s$/, 'original_status'] as const] : []),
    ...(has(/h$/) ? [[/[^}]a$/, 'remote_addr'] as const] : []),
  ]
  return parts.map((part) => {
    const name = part.kind === 'field' && renamed.find(([pattern]) => pattern.test(part.written))?.[1]
    return part.kind === 'field' && name ? { ...part, name } : part
  })
}

/** A text with the characters that mod_log_config writes for `\n`, `\r` and `\t`. */
const plainText = (text: string): string =>
  text.replaceAll(/\\([\\rnt])/g, (_, letter: string) => ({ r: '\r', n: '\n', t: '\t' })[letter] ?? '\\')

type Directive = {
  readonly written: string
  readonly argument: string | undefined
  readonly letter: string
  readonly at: number
  readonly isConditional: boolean
}

/** The parts of a directive; undefined if there is no such. */
function directiveParts({ written, argument, letter, at, isConditional }: Directive): FormatPart[] | undefined {
  if (letter === '%') return [{ kind: 'text', text: '%', at }]
  const field = (named: Named, alone?: Named): FieldPart => ({ kind: 'field', written, at, ...named, alone })
  if (letter === 't') {
    if (isConditional) return [field({ name: 'time_text', reads: { is: 'sentence' } })]
    return timeParts(argument?.replace(/^(begin|end):?/, '') ?? '', field, at)
  }
  if (argument !== undefined && argument !== '') {
    const known = WITH_ARGUMENT[`{${argument}}${letter}`]
    if (known !== undefined) return [field(known)]
    const prefix = PREFIXES[letter]
    if (prefix === undefined) return PLAIN[letter] === undefined ? undefined : [field(PLAIN[letter])]
    const own = argument.toLowerCase().replaceAll(/\W/g, '_').replace(/^ssl_/, '')
    const name = `${prefix}_${prefix === 'ssl' ? own : argument.toLowerCase().replaceAll(/\W/g, '_')}`
    const isHeader = letter === 'i' || letter === 'o'
    const is = isHeader && LISTS.test(argument) ? 'list' : isHeader && SENTENCES.test(argument) ? 'sentence' : 'text'
    return [field({ name: USUAL[name] ?? name, reads: { is } })]
  }
  const plain = PLAIN[letter]
  if (plain === undefined) return undefined
  const part = field(plain, ALONE[letter])
  return [letter === 'u' ? { ...part, mayBeEmptyQuotes: true } : part]
}

/** `%<u` is the user before an internal redirect. */
function withOriginal(part: FormatPart, modifiers: string): FormatPart {
  return part.kind === 'field' && modifiers.includes('<')
    ? { ...part, name: `original_${part.name}`, alone: undefined }
    : part
}

const EPOCHS: Readonly<Record<string, 's' | 'ms' | 'us'>> = { sec: 's', msec: 'ms', usec: 'us' }
const FRACTIONS: Readonly<Record<string, string>> = { msec_frac: '%3', usec_frac: '%6' }

/** The parts of `%{format}t`; `%t` has brackets around it. */
function timeParts(format: string, field: (named: Named) => FieldPart, at: number): FormatPart[] {
  if (format === '') {
    const time = field({ name: 'ts', reads: { is: 'clf' } })
    return [{ kind: 'text', text: '[', at }, time, { kind: 'text', text: ']', at }]
  }
  const unit = EPOCHS[format]
  if (unit !== undefined) return [field({ name: 'ts', reads: { is: 'epoch', unit, isExact: unit !== 's' } })]
  return [field(timeField(timePattern(format)))]
}

function timeField(pattern: TimePattern | undefined): Named {
  if (pattern === undefined) return { name: 'time_text', reads: { is: 'text' } }
  const isUsual = pattern.written === CLF_PATTERN.written
  return { name: 'ts', reads: isUsual ? { is: 'clf' } : { is: 'pattern', pattern } }
}

/** The pattern that a part of a time has, in a run of parts. */
function patternOf(part: FormatPart | undefined): string | undefined {
  if (part?.kind !== 'field') return undefined
  const format = /^%\{(?:(?:begin|end):?)?(.+)\}t$/s.exec(part.written)?.[1]
  if (format === undefined || format === 'msec' || format === 'usec') return undefined
  return format === 'sec' ? '%s' : (FRACTIONS[format] ?? format)
}

/** Times that are written by several directives, such as `%{%F %T}t.%{msec_frac}t %{%z}t`, as one field. */
function mergeTimes(parts: readonly FormatPart[]): FormatPart[] {
  const merged: FormatPart[] = []
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as FormatPart
    const first = patternOf(part)
    let best: { pattern: TimePattern; end: number } | undefined
    let written = first ?? ''
    for (let end = i + 1; first !== undefined && end < parts.length; end++) {
      const next = parts[end] as FormatPart
      const more = next.kind === 'text' ? next.text.replaceAll('%', '%%') : patternOf(next)
      if (more === undefined) break
      written += more
      const pattern = next.kind === 'text' ? undefined : timePattern(written)
      if (pattern !== undefined) best = { pattern, end }
    }
    if (best === undefined || part.kind !== 'field') {
      merged.push(part)
      continue
    }
    const all = parts.slice(i, best.end + 1).map((each) => (each.kind === 'text' ? each.text : each.written))
    merged.push({ ...part, ...timeField(best.pattern), written: all.join('') })
    i = best.end
  }
  return merged
}

/** `%U%q`, a path and its query, as one field. */
function mergeTargets(parts: readonly FormatPart[]): FormatPart[] {
  return parts.flatMap((part, i): FormatPart[] => {
    const before = parts[i - 1]
    const next = parts[i + 1]
    if (part.kind === 'field' && /U$/.test(part.written) && next?.kind === 'field' && /q$/.test(next.written)) {
      const written = part.written + next.written
      const alone: Named = { name: 'target', reads: { is: 'target' } }
      return [{ ...part, written, name: 'request_uri', reads: { is: 'path' }, alone }]
    }
    const isTaken =
      part.kind === 'field' && /q$/.test(part.written) && before?.kind === 'field' && /U$/.test(before.written)
    return isTaken ? [] : [part]
  })
}
