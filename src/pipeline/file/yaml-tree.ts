/**
 * Reads YAML into a plain value and remembers the place of each part, so that later mistakes are reported with line and
 * column. Aliases are followed; depth and size are limited, as a few lines of aliases can stand for billions of values.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
  type YAMLMap,
} from 'yaml'
import { changeFailure, Failure, type Place } from '../../base/failure.ts'
import type { SqlOrigin } from '../../sql/syntax/problem.ts'
import { plainWords } from './yaml-words.ts'

export type Path = readonly (string | number)[]

/** A group of keys, as the messages call it. */
export type Group = { readonly [key: string]: unknown }

/** Whether a value is a group of keys, and no list. */
export const isGroup = (value: unknown): value is Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The path as one text, for sets and maps. */
export const pathKey = (path: Path): string => path.join('\0')

export type Tree = {
  readonly value: unknown
  /** Keys that are there twice; the value has the first. */
  readonly repeated: readonly Failure[]
  /** The file that the part at a path comes from. */
  fileOf(path: Path): string
  /**
   * The place of the value at a path, or of its key; for a missing path, that of the innermost part that is there. Undefined
   * for a part of a module, which has no places.
   */
  place(path: Path, part: 'key' | 'value'): Place | undefined
  /** The place of the first character of a text, for a language inside it that has places of its own. */
  origin(path: Path): SqlOrigin | undefined
  /** Whether the text at a path, or around it, had a `${…}`: then its columns are not those of the file. */
  isChanged(path: Path): boolean
}

/** A value without places: that of a module. */
export const treeOfModule = (file: string, value: unknown): Tree => ({
  value,
  repeated: [],
  fileOf: () => file,
  place: () => undefined,
  origin: () => undefined,
  isChanged: () => false,
})

/** Turns a scalar into its value. A Failure that it throws is given the place of the scalar. */
export type ReadScalar = (value: unknown) => unknown

const MAX_DEPTH = 50
const MAX_NODES = 100_000

/** Keys that are there twice are found here, where the first one is known. */
const PARSING = { prettyErrors: false, logLevel: 'silent', uniqueKeys: false } as const

type Range = readonly [start: number, end: number]
type Spot = { readonly range: Range; readonly key: Range; readonly node: Node }

/** Throws a Failure at the first place that is not YAML, too deep or too large. */
export function readYaml(file: string, text: string, readScalar: ReadScalar): Tree {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, ...PARSING })
  const repeated: Failure[] = []
  const spots = new Map<string, Spot>()
  const changed = new Set<unknown>()
  let nodes = 0

  const placeAt = ([start, end]: Range): Place => {
    const { line, col } = lines.linePos(start)
    const shown = text.slice(start - col + 1).split('\n', 1)[0] ?? ''
    return { file, line, column: col, text: shown.replace(/\r$/, ''), length: Math.max(1, end - start) }
  }
  const refuse = (message: string, range: Range, hint?: string): never => {
    throw new Failure('pipeline', message, { place: placeAt(range), hint })
  }

  const read = (node: unknown, path: Path, key: Range): unknown => {
    const range = rangeOf(node) ?? key
    if (++nodes > MAX_NODES) refuse(`a pipeline file has at most ${MAX_NODES} parts`, range)
    if (path.length > MAX_DEPTH) refuse(`this is nested more than ${MAX_DEPTH} deep`, range)
    if (isAlias(node)) {
      const target = node.resolve(document)
      return target === undefined ? refuse(`there is no &${node.source} before this`, range) : read(target, path, key)
    }
    if (node !== null) spots.set(pathKey(path), { range, key, node: node as Node })
    if (isMap(node)) return readMap(node, path, range)
    if (isSeq(node)) return node.items.map((item, index) => read(item, [...path, index], beginOf(item) ?? range))
    if (!isScalar(node)) return null
    const value = changeFailure(
      () => readScalar(node.value),
      ({ message, hint }) => refuse(message, range, hint),
    )
    if (value !== node.value) changed.add(node)
    return value
  }
  const readMap = (map: YAMLMap, path: Path, range: Range): unknown => {
    const first = new Map<string, Range>()
    return Object.fromEntries(
      map.items.flatMap((pair): [string, unknown][] => {
        const at = rangeOf(pair.key) ?? range
        if (!isScalar(pair.key)) return refuse('a key must be a plain name', at)
        const name = String(pair.key.value)
        const before = first.get(name)
        if (before !== undefined) {
          repeated.push(repeatedKey([...path, name], placeAt(at), placeAt(before).line))
          return []
        }
        first.set(name, at)
        return [[name, read(pair.value, [...path, name], at)]]
      }),
    )
  }

  refuseSyntax(document, text, refuse)
  const value = read(document.contents, [], [0, 0])
  return {
    value,
    repeated,
    fileOf: () => file,
    isChanged: (path) => changed.has(spotOf(spots, path).spot?.node),
    place: (path, part) => placeAt(rangeIn(spots, path, part)),
    origin: (path) => ({ file, ...originIn(spots, path, text, lines) }),
  }
}

/** The spot of the path, or of the longest existing beginning of it. */
function spotOf(
  spots: ReadonlyMap<string, Spot>,
  path: Path,
): { readonly spot: Spot | undefined; readonly exact: boolean } {
  for (let length = path.length; length >= 0; length--) {
    const spot = spots.get(pathKey(path.slice(0, length)))
    if (spot !== undefined) return { spot, exact: length === path.length }
  }
  return { spot: undefined, exact: false }
}

function rangeIn(spots: ReadonlyMap<string, Spot>, path: Path, part: 'key' | 'value'): Range {
  const { spot, exact } = spotOf(spots, path)
  if (spot === undefined) return [0, 1]
  // A mistake in a whole group is shown at its key: its content may be many lines.
  const inside = part === 'value' && isScalar(spot.node)
  return inside || (!exact && isScalar(spot.node)) ? spot.range : spot.key
}

function originIn(
  spots: ReadonlyMap<string, Spot>,
  path: Path,
  text: string,
  lines: LineCounter,
): Omit<SqlOrigin, 'file'> {
  const { spot } = spotOf(spots, path)
  const { line, col } = lines.linePos(spot?.range[0] ?? 0)
  if (spot === undefined || !isScalar(spot.node)) return { line, column: col }
  const { type } = spot.node
  if (type === Scalar.BLOCK_LITERAL || type === Scalar.BLOCK_FOLDED) {
    const content = text.split('\n').slice(line, lines.linePos(spot.range[1]).line)
    // The indent is the blanks that the first line of words has in the file but not in the text; this also fits `|2`.
    const blanks = (lines: readonly string[]) => lines.find((one) => one.trim() !== '')?.search(/\S/) ?? 0
    const indent = blanks(content) - blanks(String(spot.node.value).split('\n'))
    return { line: line + 1, column: indent + 1, indent, text }
  }
  const quote = type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE ? 1 : 0
  return { line, column: col + quote, text }
}

/** The start and end of a node, without the blanks and comments behind it. */
function rangeOf(node: unknown): Range | undefined {
  const range = (node as { range?: readonly [number, number, number] | null } | null)?.range
  return range ? [range[0], range[1]] : undefined
}

/** The first character of an item of a list, which has no key. */
function beginOf(item: unknown): Range | undefined {
  const range = rangeOf(item)
  return range && [range[0], range[0] + 1]
}

/** A key that is there twice. Without the text of the line, which may be that of a secret. */
function repeatedKey(path: Path, { text: _, ...place }: Place, firstLine: number): Failure {
  const message = `"${path.join('.')}" appears twice, first in line ${firstLine}`
  return new Failure('pipeline', message, { place, hint: 'Remove one, or rename it.' })
}

type Refuse = (message: string, range: Range, hint?: string) => never

/** Throws the first problem that the parser has found. */
function refuseSyntax({ errors, warnings }: Document.Parsed, text: string, refuse: Refuse): void {
  const [problem] = [...errors, ...warnings]
  if (problem === undefined) return
  const bare = text.slice(problem.pos[0] - 1, problem.pos[0] + 1) === '${'
  const { message, hint } = plainWords(problem)
  const instead = bare ? "Inside { … } a variable stands in quotes: '${NAME}'." : hint
  refuse(`this is not YAML: ${message}`, problem.pos, instead)
}
