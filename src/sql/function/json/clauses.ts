/**
 * What JSON_VALUE, JSON_QUERY and JSON_EXISTS share: a text, a path, and the clauses behind them. The parser hands each clause over
 * as a keyword, `RETURNING INT`, `NULL ON EMPTY` or `ERROR ON ERROR`, and the values of DEFAULT as arguments in their order.
 */
import type { StringColumn } from '../../../record/column.ts'
import type { Expression } from '../../expression/expression.ts'
import { fitArgument } from '../define.ts'
import { type Call, TypeProblem } from '../function.ts'
import { remembered } from '../remembered.ts'
import { literalText, textOfRow } from '../text/bytes.ts'
import { JsonSearch } from './find.ts'
import { parsePath, UnsupportedPath } from './path.ts'

/** What a call says about its result: where a text has nothing at the path (EMPTY), and where the search fails (ERROR). */
export type Clauses = {
  readonly returning: string | undefined
  readonly wrapper: string | undefined
  readonly onEmpty: string
  readonly onError: string
}

/** The clauses among the keywords of a call; `usual` is what an absent one means. */
export function clausesIn(keywords: readonly string[], usual: string): Clauses {
  const before = (end: string) => keywords.find((word) => word.endsWith(end))?.slice(0, -end.length)
  return {
    returning: keywords.find((word) => word.startsWith('RETURNING '))?.slice('RETURNING '.length),
    wrapper: before(' WRAPPER'),
    onEmpty: before(' ON EMPTY') ?? usual,
    onError: before(' ON ERROR') ?? usual,
  }
}

/** The first two arguments, with the types that they must have. Throws a TypeProblem. */
export function textAndPath({ arguments: operands, session }: Call, usage: string): [Expression, Expression] {
  const [text, path] = operands
  if (text === undefined || path === undefined) throw new TypeProblem('it takes a text and a path', usage)
  const fitted = [text, path].map((operand) => fitArgument(operand, 'string', session)) as [Expression, Expression]
  const written = literalText(path)
  if (written !== undefined) searchOf(written, path)
  return fitted
}

/** Throws a TypeProblem, about the constant where it is one. */
function searchOf(path: string, constant?: Expression): JsonSearch {
  try {
    return new JsonSearch(parsePath(path))
  } catch (error) {
    if (!(error instanceof UnsupportedPath)) throw error
    throw new TypeProblem(error.message, 'write names, [indexes], [from:to], [*] and ..', constant)
  }
}

/** Different paths of a column that are kept. */
const MOST_SEARCHES = 100

/** Gives the search of each row, ready for the texts of a column; the reason where its path cannot be followed. */
export type Searches = (texts: StringColumn, paths: StringColumn, row: number) => JsonSearch | string

/** A path that is written out is read once; those of a column are remembered. */
export function openSearches(path: Expression): Searches {
  const written = literalText(path)
  if (written !== undefined) {
    const search = searchOf(written)
    return (texts) => {
      search.text.open(texts)
      return search
    }
  }
  const searchFor = remembered(MOST_SEARCHES, searchOrReason)
  return (texts, paths, row) => {
    const search = searchFor(textOfRow(paths, row))
    if (typeof search !== 'string') search.text.open(texts)
    return search
  }
}

function searchOrReason(path: string): JsonSearch | string {
  try {
    return searchOf(path)
  } catch (error) {
    if (error instanceof TypeProblem) return error.message
    throw error
  }
}
