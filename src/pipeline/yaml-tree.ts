/**
 * Reads YAML into a plain value and remembers where each part of it stands, so that whatever is found wrong later is told
 * with line and column. Aliases are followed; how deep and how much is bounded, as a file of a few lines can mean billions.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, Scalar } from 'yaml'
import { Failure, type Place } from '../base/failure.ts'
import type { Origin } from '../sql/problem.ts'

export type Path = readonly (string | number)[]

export type Tree = {
  readonly value: unknown
  /** Where the value at a path stands, or its key; of a path that is not there, the nearest part that holds it. */
  place(path: Path, part: 'key' | 'value'): Place
  /** Where the first character of a text stands, for a language inside it that has places of its own. */
  origin(path: Path): Origin
}

/** Turns the text of a scalar into its value. Throws a Failure without a place; it is given that of the scalar. */
export type ReadScalar = (value: unknown, path: Path) => unknown

const MAX_DEPTH = 50
const MAX_NODES = 100_000

type Spot = {
  readonly start: number
  readonly end: number
  readonly key: readonly [number, number]
  readonly node: Node
}

export function readYaml(file: string, text: string, readScalar: ReadScalar): Tree {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' })
  const spots = new Map<string, Spot>()
  let nodes = 0

  const placeAt = (start: number, end: number): Place => {
    const { line, col } = lines.linePos(start)
    const shown = text.slice(start - col + 1).split('\n', 1)[0] ?? ''
    return { file, line, column: col, text: shown.replace(/\r$/, ''), length: Math.max(1, end - start) }
  }
  const refuse = (message: string, start: number, end: number): never => {
    throw new Failure('pipeline', message, { place: placeAt(start, end) })
  }

  const [problem] = [...document.errors, ...document.warnings]
  if (problem !== undefined) refuse(`this is not YAML: ${sentence(problem.message)}`, problem.pos[0], problem.pos[1])

  const read = (node: unknown, path: Path, key: readonly [number, number]): unknown => {
    const [start, end] = rangeOf(node) ?? key
    if (++nodes > MAX_NODES) refuse(`a pipeline file has at most ${MAX_NODES} parts`, start, end)
    if (path.length > MAX_DEPTH) refuse(`this is nested more than ${MAX_DEPTH} deep`, start, end)
    if (isAlias(node)) {
      const target = node.resolve(document)
      if (target === undefined) return refuse(`there is no &${node.source} before this`, start, end)
      return read(target, path, key)
    }
    if (node !== null) spots.set(keyOf(path), { start, end, key, node: node as Node })
    if (isMap(node)) {
      const entries = node.items.map((pair): [string, unknown] => {
        const at = rangeOf(pair.key) ?? [start, end]
        if (!isScalar(pair.key)) return refuse('a key must be a plain name', at[0], at[1])
        const name = String(pair.key.value)
        return [name, read(pair.value, [...path, name], at)]
      })
      return Object.fromEntries(entries)
    }
    if (isSeq(node)) return node.items.map((item, index) => read(item, [...path, index], [start, end]))
    if (!isScalar(node)) return null
    try {
      return readScalar(node.value, path)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const { message, hint } = error
      throw new Failure('pipeline', message, { place: placeAt(start, end), ...(hint !== undefined && { hint }) })
    }
  }
  const value = read(document.contents, [], [0, 0])

  const spotOf = (path: Path): { spot: Spot | undefined; exact: boolean } => {
    for (let length = path.length; length >= 0; length--) {
      const spot = spots.get(keyOf(path.slice(0, length)))
      if (spot !== undefined) return { spot, exact: length === path.length }
    }
    return { spot: undefined, exact: false }
  }

  return {
    value,
    place(path, part) {
      const { spot, exact } = spotOf(path)
      if (spot === undefined) return placeAt(0, 1)
      // What is missing, or wrong as a whole, is told at the name of the part: its content may be many lines.
      const [start, end] = part === 'key' || !exact || !isScalar(spot.node) ? spot.key : [spot.start, spot.end]
      return placeAt(start, end)
    },
    origin(path) {
      const { spot } = spotOf(path)
      const { line, col } = lines.linePos(spot?.start ?? 0)
      if (spot === undefined || !isScalar(spot.node)) return { file, line, column: col }
      const type = spot.node.type
      if (type === Scalar.BLOCK_LITERAL || type === Scalar.BLOCK_FOLDED) {
        const content = text.split('\n').slice(line, lines.linePos(spot.end).line)
        const indent = content.find((one) => one.trim() !== '')?.search(/\S/) ?? 0
        return { file, line: line + 1, column: indent + 1, indent, text }
      }
      const quote = type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE ? 1 : 0
      return { file, line, column: col + quote, text }
    },
  }
}

/** The start and end of what a node says, without the blanks and comments behind it. */
function rangeOf(node: unknown): readonly [number, number] | undefined {
  const range = (node as { range?: readonly [number, number, number] | null } | null)?.range
  return range ? [range[0], range[1]] : undefined
}

const keyOf = (path: Path): string => path.join('\0')
const sentence = (message: string): string => message.charAt(0).toLowerCase() + message.slice(1)
