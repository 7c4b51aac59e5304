/**
 * Matches whole records with a pattern, and says where its named groups lie in them. As in `matcher.ts`, no text takes longer
 * than its length allows.
 *
 * JavaScript's matcher tells the places of groups at three times the cost of a match. Mostly they follow from lengths: where all
 * named groups are parts of the outermost sequence, what lies between them is made groups too, and each begins where the one
 * before it ends.
 */
import { boundedBy, tooLongText } from './bounded.ts'
import { PatternProblem } from './problem.ts'
import { openRe2Places } from './re2.ts'
import { readRecordRegex } from './read-java.ts'
import { groupsIn, nodesIn, type RegexNode } from './tree.ts'
import { re2Source, scriptSource } from './write.ts'

/**
 * Puts where each group lies, start and end, into `places`: -1 for one that is no part of the match. False where the text does
 * not match; a text is the reason why it is not tried.
 */
export type PlaceMatcher = (text: string, places: Int32Array) => boolean | string

export type RecordMatcher = {
  /** The names of the groups, in the order of `places`. */
  readonly names: readonly string[]
  readonly match: PlaceMatcher
}

/** The matcher of a pattern. Throws a PatternProblem for one that is none, is not supported, or has a name twice. */
export function openRecordMatcher(pattern: string): RecordMatcher {
  const read = readRecordRegex(pattern)
  const parts = withoutEnd(read.kind === 'sequence' ? read.parts : [read])
  const names = parts.flatMap(namesIn)
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) throw new PatternProblem(`two groups have the name ${twice}`)
  const whole: RegexNode = { kind: 'sequence', parts: [{ kind: 'start' }, ...parts.map(inGroup), { kind: 'text-end' }] }
  const { linear, longest } = boundedBy(whole, () => {
    const source = re2Source(whole)
    return source && openRe2Places(source)
  })
  if (longest === 0 && linear !== undefined) return { names, match: linear }
  const script = parts.every(isPlain) ? byLengths(parts) : byIndices(whole)
  if (longest === Infinity) return { names, match: script }
  const other = linear ?? ((text: string) => tooLongText(text, longest))
  return { names, match: (text, places) => (text.length <= longest ? script : other)(text, places) }
}

/** A $ at the end says what is so anyway. */
const withoutEnd = (parts: readonly RegexNode[]): readonly RegexNode[] =>
  parts.at(-1)?.kind === 'end' ? parts.slice(0, -1) : parts

const namesIn = (node: RegexNode): readonly string[] => [
  ...(node.kind === 'group' && node.name !== undefined ? [node.name] : []),
  ...nodesIn(node).flatMap(namesIn),
]

/** Alternatives are a part of a sequence only in a group. */
const inGroup = (node: RegexNode): RegexNode =>
  node.kind === 'alternatives' ? { kind: 'group', of: node, captures: false } : node

/** Whether a part has no named group, or is one without others in it. */
const isPlain = (node: RegexNode): boolean => groupsIn(node) === 0 || (isNamed(node) && groupsIn(node) === 1)

const isNamed = (node: RegexNode): boolean => node.kind === 'group' && node.captures

/** For parts that are plain: those between named groups become groups, so that the groups follow each other. */
function byLengths(parts: readonly RegexNode[]): PlaceMatcher {
  const groups: { of: RegexNode[]; place: number }[] = []
  let named = 0
  for (const part of parts) {
    const last = groups.at(-1)
    if (isNamed(part)) groups.push({ of: [part], place: named++ })
    else if (last === undefined || last.place >= 0) groups.push({ of: [part], place: -1 })
    else last.of.push(part)
  }
  const written = groups.map(({ of, place }): RegexNode => {
    const [only] = of
    if (place >= 0 && only !== undefined) return only
    return { kind: 'group', of: { kind: 'sequence', parts: of.map(inGroup) }, captures: true }
  })
  const source = scriptSource({ kind: 'sequence', parts: [...written, { kind: 'text-end' }] })
  const regex = new RegExp(source, 'uy')
  const placeOf = Int32Array.from(groups, ({ place }) => place)
  return (text, places) => {
    regex.lastIndex = 0
    const match = regex.exec(text)
    if (match === null) return false
    let at = 0
    for (let group = 0; group < placeOf.length; group++) {
      const place = placeOf[group] as number
      const end = at + (match[group + 1] as string).length
      if (place >= 0) {
        places[2 * place] = at
        places[2 * place + 1] = end
      }
      at = end
    }
    return true
  }
}

function byIndices(whole: RegexNode): PlaceMatcher {
  // Without `y` it would try every place, those between the halves of a character too.
  const regex = new RegExp(scriptSource(whole), 'uyd')
  return (text, places) => {
    regex.lastIndex = 0
    const indices = regex.exec(text)?.indices
    if (indices === undefined) return false
    for (let group = 1; group < indices.length; group++) {
      const range = indices[group]
      places[2 * group - 2] = range?.[0] ?? -1
      places[2 * group - 1] = range?.[1] ?? -1
    }
    return true
  }
}
