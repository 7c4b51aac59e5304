/**
 * A log format as people paste it: the text alone, or a piece of a server's configuration, such as
 *
 *   log_format main escape=json '$remote_addr [$time_local] '
 *                               '"$request" $status';           LogFormat "%h %l %u %t \"%r\" %>s %b" common
 *
 * nginx joins the strings of a directive; Apache takes one. Within quotes a backslash before a quote or a backslash is not part
 * of the text. The place of every character in what was pasted is kept, for messages.
 */
import { Failure } from '../../base/failure.ts'

/** How a server writes values: nginx's `escape=`, or Apache's only way. */
export type Escape = 'default' | 'json' | 'none' | 'apache'

export type Pasted = {
  readonly server: 'nginx' | 'apache'
  readonly escape: Escape
  readonly text: string
  /** For each character of the text, and its end, where it is in what was pasted. */
  readonly places: readonly number[]
}

/** A failure about what was pasted, `at` (from 0) being its place there. */
export function pastedFailure(source: string, at: number, message: string, hint?: string): Failure {
  const before = source.slice(0, at).split('\n')
  const line = before.length
  const text = source.split('\n')[line - 1] ?? ''
  const column = (before.at(-1)?.length ?? 0) + 1
  return new Failure('usage', `log_format: ${message}`, {
    part: ['text'],
    place: { file: undefined, line, column, text },
    hint,
  })
}

/** Characters of what is pasted. */
const MOST_TEXT = 16_384

const NGINX_HEAD = /^\s*log_format(?=\s|$)/
const APACHE_HEAD = /^\s*(LogFormat|CustomLog)(?=\s|$)/i
const ESCAPE = /^escape=(.*)$/

/** Takes a pasted format apart. `given`, if it is, is the `escape=` of nginx. Throws a Failure `usage` with the place. */
export function readPasted(source: string, given: Escape | undefined): Pasted {
  if (source.length > MOST_TEXT) throw pastedFailure(source, 0, `the format has more than ${MOST_TEXT} characters`)
  const plain = withoutComments(source)
  refuseSecond(source, plain)
  if (NGINX_HEAD.test(plain)) return nginxDirective(source, plain, given)
  const head = APACHE_HEAD.exec(plain)
  if (head !== null) {
    if (given !== undefined) throw pastedFailure(source, 0, 'Apache has no escape=: it belongs to nginx')
    return apacheDirective(source, plain, head)
  }
  const server = serverOf(source, plain)
  if (server === 'apache' && given !== undefined) {
    throw pastedFailure(source, 0, 'Apache has no escape=: it belongs to nginx')
  }
  if (isQuoted(plain) || /^\s*escape=\w+\s/.test(plain)) {
    const words = wordsOf(source, plain, 0, server)
    return server === 'nginx'
      ? joined(source, words, given)
      : { server, escape: 'apache', ...firstOf(source, words, plain.length) }
  }
  const { chars, places } = bareText(plain)
  // A line that is JSON is only so with its values escaped for it.
  const usual = server === 'apache' ? 'apache' : chars.startsWith('{') ? 'json' : 'default'
  return { server, escape: given ?? usual, text: chars, places }
}

/** Throws where a second directive follows the first: which of them the log has, only the user knows. */
function refuseSecond(source: string, plain: string): void {
  const [first, second] = plain.matchAll(/(?:^|;)[ \t]*(log_format|LogFormat)(?=\s)/gim)
  if (first === undefined || second === undefined) return
  const [all, name = ''] = second
  const where = name.includes('_') ? 'access_log' : 'CustomLog'
  throw pastedFailure(
    source,
    second.index + all.length - name.length,
    `a second ${name}: a log has one format`,
    `Paste the one that ${where} of this log names, alone.`,
  )
}

/**
 * The text with blanks for the marks of comments, where every line is one, as in the file that nginx brings; else for the
 * comments in front of a directive.
 */
function withoutComments(source: string): string {
  const lines = source.split('\n').filter((line) => line.trim() !== '')
  if (lines.length === 0 || !lines.every((line) => /^\s*#/.test(line))) {
    return source.replace(/^(?:[ \t]*#[^\n]*\n|\s*\n)+(?=\s*(?:log_format|LogFormat|CustomLog)\s)/, (comments) =>
      comments.replaceAll(/[^\n]/g, ' '),
    )
  }
  return source.replaceAll(/^(\s*)#/gm, '$1 ')
}

/** Whose the format is, by its variables. */
function serverOf(source: string, plain: string): 'nginx' | 'apache' {
  const isNginx = /\$\{?[A-Za-z_]/.test(plain)
  const isApache = /%[<>!,\d]*(?:\{[^}]*\})?[<>]?\^?[A-Za-z]/.test(plain)
  if (isNginx && isApache) {
    const hint = 'Write log_format NAME (of nginx) or LogFormat (of Apache) in front of it.'
    throw pastedFailure(source, 0, 'this has variables of nginx ($) and of Apache (%)', hint)
  }
  if (!isNginx && !isApache) {
    const hint =
      'Paste the log_format of nginx, such as \'$remote_addr [$time_local] "$request" $status\', or a LogFormat of Apache.'
    throw pastedFailure(source, 0, 'this has no variable: neither $NAME of nginx nor %LETTER of Apache', hint)
  }
  return isNginx ? 'nginx' : 'apache'
}

/** Whether the text consists of strings in quotes. No line begins with a single quote; with a double one, many do. */
function isQuoted(plain: string): boolean {
  const text = plain.trim()
  if (text.startsWith("'")) return true
  return /^"(?:[^"\\]|\\.)*"(?:\s*\n\s*"(?:[^"\\]|\\.)*")*\s*;?$/s.test(text)
}

/** A word of a configuration: its characters without quotes, and where each was. */
type Word = { readonly chars: string; readonly places: readonly number[]; readonly start: number; readonly end: number }

/** The words from `from` on, up to the end of the directive. */
function wordsOf(source: string, plain: string, from: number, server: 'nginx' | 'apache'): Word[] {
  const words: Word[] = []
  let at = from
  for (;;) {
    for (; at < plain.length; at++) {
      if (/\s/.test(plain[at] as string)) continue
      if (plain[at] === '\\' && /^\\\r?\n/.test(plain.slice(at, at + 3))) continue
      if (server === 'nginx' && plain[at] === '#') while (at + 1 < plain.length && plain[at + 1] !== '\n') at++
      else break
    }
    if (at >= plain.length || (server === 'nginx' && plain[at] === ';')) return words
    const word = wordAt(source, plain, at, server)
    words.push(word)
    at = word.end
  }
}

function wordAt(source: string, plain: string, start: number, server: 'nginx' | 'apache'): Word {
  const first = plain[start] as string
  const quote = first === '"' || first === "'" ? first : undefined
  let chars = ''
  const places: number[] = []
  let at = quote === undefined ? start : start + 1
  for (; ; at++) {
    const char = plain[at]
    if (char === undefined && quote !== undefined) {
      throw pastedFailure(source, start, `the quote ${quote} that begins here does not end`)
    }
    if (char === undefined || char === quote) break
    if (quote === undefined && (/\s/.test(char) || (server === 'nginx' && char === ';'))) break
    places.push(at)
    if (char === '\\') {
      const meant = escaped(plain[at + 1] ?? '', quote, server)
      if (meant !== undefined) at++
      chars += meant ?? char
    } else chars += char
  }
  places.push(at)
  return { chars, places, start, end: quote === undefined ? at : at + 1 }
}

/** What a backslash and this character mean; undefined: both stand for themselves. */
function escaped(char: string, quote: string | undefined, server: 'nginx' | 'apache'): string | undefined {
  if (char === '\\') return '\\'
  if (server === 'apache') return char === quote ? char : undefined
  if (char === '"' || char === "'") return char
  return char === '' ? undefined : { t: '\t', r: '\r', n: '\n' }[char]
}

/** A text without quotes around it, in which quotes may be escaped all the same. Line ends at its ends are none of it. */
function bareText(plain: string): { chars: string; places: number[] } {
  let chars = ''
  const places: number[] = []
  const begin = plain.length - plain.trimStart().length
  const end = plain.trimEnd().length
  for (let at = begin; at < end; at++) {
    places.push(at)
    const next = plain[at + 1] ?? ''
    if (plain[at] === '\\' && /["'\\]/.test(next) && at + 1 < end) {
      chars += next
      at++
    } else chars += plain[at]
  }
  places.push(end)
  return { chars, places }
}

function nginxDirective(source: string, plain: string, given: Escape | undefined): Pasted {
  const head = /log_format/.exec(plain)?.index ?? 0
  const words = wordsOf(source, plain, head + 'log_format'.length, 'nginx')
  if (words.length < 2) {
    throw pastedFailure(source, head, 'log_format has a name and then the format in quotes: one of them is missing')
  }
  return joined(source, words.slice(1), given)
}

/** The strings of nginx, joined; the first word may be `escape=…`. */
function joined(source: string, words: readonly Word[], given: Escape | undefined): Pasted {
  const [first] = words
  const [, written] = ESCAPE.exec(first?.chars ?? '') ?? []
  if (written !== undefined && !/^(default|json|none)$/.test(written)) {
    throw pastedFailure(source, first?.start ?? 0, `escape=${written} is none of nginx: default, json or none`)
  }
  const strings = written === undefined ? words : words.slice(1)
  if (strings.length === 0) throw pastedFailure(source, source.length, 'the format itself is missing')
  return {
    server: 'nginx',
    escape: given ?? (written as Escape | undefined) ?? 'default',
    text: strings.map(({ chars }) => chars).join(''),
    places: [...strings.flatMap(({ places }) => places.slice(0, -1)), ...(strings.at(-1)?.places.slice(-1) ?? [])],
  }
}

/** `LogFormat FORMAT [NAME]`, `CustomLog FILE FORMAT [CONDITION]`. */
function apacheDirective(source: string, plain: string, head: RegExpExecArray): Pasted {
  const words = wordsOf(source, plain, head[0].length, 'apache')
  const isCustom = /custom/i.test(head[1] ?? '')
  return { server: 'apache', escape: 'apache', ...firstOf(source, isCustom ? words.slice(1) : words, plain.length) }
}

function firstOf(source: string, words: readonly Word[], end: number): Pick<Pasted, 'text' | 'places'> {
  const [format] = words
  if (format === undefined) throw pastedFailure(source, end, 'the format itself is missing')
  if (!format.chars.includes('%')) {
    const hint = 'Paste the LogFormat that has this name.'
    throw pastedFailure(source, format.start, `'${format.chars}' is the name of a format, not its text`, hint)
  }
  return { text: format.chars, places: format.places }
}
