/** Matches with RE2, whose time is proportional to the text. It is loaded when a pattern needs it first. */
import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'
import type { Matcher } from './matching.ts'
import type { Re2Source } from './write.ts'

type Re2Package = { readonly RE2JS: typeof RE2JS }

function compiled(source: string): RE2JS | undefined {
  const { RE2JS: re2 } = createRequire(import.meta.url)('re2js') as Re2Package
  try {
    return re2.compile(source, re2.LOOKBEHINDS)
  } catch {
    return undefined
  }
}

/** Tells where the groups of the first match lie, as `PlaceMatcher` does. */
export function openRe2Places({
  source,
  whole,
}: Re2Source): ((text: string, places: Int32Array) => boolean) | undefined {
  const regex = compiled(source)
  if (regex === undefined) return undefined
  return (text, places) => {
    const matcher = regex.matcher(text)
    if (!matcher.find()) return false
    for (let group = 0; 2 * group < places.length; group++) {
      places[2 * group] = matcher.start(group + 1 + whole)
      places[2 * group + 1] = matcher.end(group + 1 + whole)
    }
    return true
  }
}

/** undefined for what RE2 does not take, such as a repeat of more than 1,000 times. */
export function openRe2({ source, whole }: Re2Source): Matcher | undefined {
  const regex = compiled(source)
  if (regex === undefined) return undefined
  type Found = (start: number, end: number, groupAt: (group: number) => string | undefined) => void
  const eachMatch = (text: string, found: Found): void => {
    const matcher = regex.matcher(text)
    const groupAt = (group: number) =>
      group < 0 || group + whole > matcher.groupCount() ? undefined : (matcher.group(group + whole) ?? undefined)
    for (let from = 0; from <= text.length && matcher.find(from); ) {
      const [start, end] = [matcher.start(whole), matcher.end(whole)]
      found(start, end, groupAt)
      from = end > start ? end : end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1)
    }
  }
  return {
    test: (text) => regex.test(text),
    find(text) {
      const matcher = regex.matcher(text)
      return matcher.find() ? [matcher.start(whole), matcher.end(whole)] : undefined
    },
    extract(text, group) {
      const matcher = regex.matcher(text)
      if (group < 0 || group + whole > matcher.groupCount() || !matcher.find()) return undefined
      return matcher.group(group + whole) ?? undefined
    },
    all(text, group) {
      const texts: (string | undefined)[] = []
      eachMatch(text, (_start, _end, groupAt) => texts.push(groupAt(group)))
      return texts
    },
    replace(text, replacement) {
      let result = ''
      let kept = 0
      eachMatch(text, (start, end) => {
        result += text.slice(kept, start) + replacement
        kept = end
      })
      return result + text.slice(kept)
    },
    count(text) {
      let count = 0
      eachMatch(text, () => count++)
      return count
    },
  }
}
