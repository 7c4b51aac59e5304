/**
 * SIMILAR TO patterns as regular expressions of Java, exactly as Flink writes them (SqlLikeUtils): % is any text, _ a character that ends
 * no line, \ and $ are themselves, and the rest is left to the regular expression: ( ) | * + ? { } [ ], but also . and ^.
 */

const JAVA_SPECIALS = '[]()|^-+*?{}$\\.'
const SIMILAR_SPECIALS = '[]()|^-+*_%?{}'

const CLASSES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    alpha: '\\p{Alpha}',
    upper: '\\p{Upper}',
    lower: '\\p{Lower}',
    digit: '\\d',
    space: ' ',
    whitespace: '\\s',
    alnum: '\\p{Alnum}',
  }).flatMap(([name, java]) => [
    [`[:${name}:]`, java],
    [`[:${name.toUpperCase()}:]`, java],
  ]),
)

type Refused = { readonly refused: string }

/** What Flink writes for the texts between brackets, and where the bracket is that ends them. */
type Part = { readonly java: string; readonly next: number }

/** The regular expression, or why Flink throws for the pattern. `escaping` is the character after ESCAPE. */
export function similarToJava(pattern: string, escaping: string | undefined): string | Refused {
  if (escaping !== undefined && escaping.length !== 1) return { refused: `Invalid escape character '${escaping}'` }
  const wrong = escapeProblem(pattern, escaping)
  if (wrong !== undefined) return wrong
  let java = ''
  for (let at = 0; at < pattern.length; ) {
    const part = partAt(pattern, at, escaping)
    if ('refused' in part) return part
    java += part.java
    at = part.next
  }
  return java
}

const PLAIN: ReadonlyMap<string, string> = new Map([
  ['_', '.'],
  ['%', '[\0-\u{10ffff}]*'],
  ['\\', '\\\\'],
  ['$', '\\$'],
])

function partAt(pattern: string, at: number, escaping: string | undefined): Part | Refused {
  const character = pattern.charAt(at)
  if (character === escaping) return escapedAt(pattern, at, escaping)
  if (character === '[') return bracketsAt(pattern, at, escaping)
  if (character === ']') return invalid(pattern)
  return { java: PLAIN.get(character) ?? character, next: at + 1 }
}

function bracketsAt(pattern: string, start: number, escaping: string | undefined): Part | Refused {
  let java = '['
  for (let at = start + 1; at < pattern.length; ) {
    const character = pattern.charAt(at)
    if (character === ']') return { java: `${java}]`, next: at + 1 }
    const part = memberAt(pattern, at, escaping)
    if ('refused' in part) return part
    java += part.java
    at = part.next
  }
  return invalid(pattern)
}

function memberAt(pattern: string, at: number, escaping: string | undefined): Part | Refused {
  const character = pattern.charAt(at)
  if (character === escaping) return escapedAt(pattern, at, escaping)
  if (character === '-' || character === '^') return { java: character, next: at + 1 }
  if (pattern.startsWith('[:', at)) {
    const found = [...CLASSES].find(([name]) => pattern.startsWith(name, at))
    return found === undefined ? invalid(pattern) : { java: found[1], next: at + found[0].length }
  }
  return SIMILAR_SPECIALS.includes(character) ? invalid(pattern) : { java: character, next: at + 1 }
}

function escapedAt(pattern: string, at: number, escaping: string): Part | Refused {
  const character = pattern.charAt(at + 1)
  if (character !== '' && SIMILAR_SPECIALS.includes(character))
    return { java: JAVA_SPECIALS.includes(character) ? `\\${character}` : character, next: at + 2 }
  // As in Flink, it stands for itself where it means something in a regular expression.
  if (character === escaping) return { java: character, next: at + 2 }
  return { refused: `Invalid escape sequence '${pattern}', ${at}` }
}

/** The rules of SQL 2003 about an escape that is itself a sign of patterns. */
function escapeProblem(pattern: string, escaping: string | undefined): Refused | undefined {
  if (escaping !== ':') return undefined
  const place = pattern.includes('[:') ? pattern.indexOf(':]') : -1
  return place < 0 ? { refused: `Invalid escape sequence '${pattern}', ${place}` } : undefined
}

const invalid = (pattern: string): Refused => ({ refused: `Invalid regular expression '${pattern}'` })
