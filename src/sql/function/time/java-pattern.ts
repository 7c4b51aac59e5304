/**
 * The patterns of Java's date formats, cut into fields and literal text: a run of one letter is a field, `'…'` is
 * literal, `''` is a quote. DateTimeFormatter and SimpleDateFormat give some letters different meanings.
 */
export type PatternPart =
  | { readonly kind: 'field'; readonly letter: string; readonly count: number }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'optional'; readonly parts: readonly PatternPart[] }

/**
 * The pattern's parts, with optional ones if `brackets` have a meaning; undefined for a pattern that Java refuses: a
 * quote without end, brackets that do not match, reserved signs.
 */
export function readPattern(pattern: string, brackets: boolean): readonly PatternPart[] | undefined {
  const open: PatternPart[][] = [[]]
  const add = (part: PatternPart) => open.at(-1)?.push(part)
  let at = 0
  while (at < pattern.length) {
    const character = pattern[at] as string
    if (/[A-Za-z]/.test(character)) {
      let end = at + 1
      while (pattern[end] === character) end++
      add({ kind: 'field', letter: character, count: end - at })
      at = end
    } else if (character === "'") {
      const quoted = readQuoted(pattern, at)
      if (quoted === undefined) return undefined
      add({ kind: 'text', text: quoted.text })
      at = quoted.end
    } else if (brackets && '[]{}#'.includes(character)) {
      if (character === '[') open.push([])
      else if (character === ']' && open.length > 1) add({ kind: 'optional', parts: open.pop() ?? [] })
      else return undefined
      at++
    } else {
      add({ kind: 'text', text: character })
      at++
    }
  }
  // Java closes brackets that are still open at the end.
  while (open.length > 1) {
    const parts = open.pop() ?? []
    add({ kind: 'optional', parts })
  }
  return open[0]
}

function readQuoted(pattern: string, start: number): { readonly text: string; readonly end: number } | undefined {
  if (pattern[start + 1] === "'") return { text: "'", end: start + 2 }
  let text = ''
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] !== "'") text += pattern[at]
    else if (pattern[at + 1] === "'") {
      text += "'"
      at++
    } else return { text, end: at + 1 }
  }
  return undefined
}

export const MONTHS: readonly string[] = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** The days of the week from Monday. */
export const DAYS: readonly string[] = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
