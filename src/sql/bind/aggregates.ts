/** The names of aggregates and of functions like them, and where they are in an expression. */
import type { AggregateName } from '../plan/aggregate.ts'
import type { ExpressionSyntax, SyntaxOf } from '../syntax/ast.ts'
import { childrenOf } from '../syntax/children.ts'

/** The aggregates, as they may be written, in upper case; with those that they are. */
export const AGGREGATES: ReadonlyMap<string, AggregateName> = new Map([
  ['COUNT', 'COUNT'],
  ['SUM', 'SUM'],
  ['AVG', 'AVG'],
  ['MIN', 'MIN'],
  ['MAX', 'MAX'],
  ['STDDEV_POP', 'STDDEV_POP'],
  ['STDDEV_SAMP', 'STDDEV_SAMP'],
  ['STDDEV', 'STDDEV_SAMP'],
  ['VAR_POP', 'VAR_POP'],
  ['VAR_SAMP', 'VAR_SAMP'],
  ['VARIANCE', 'VAR_SAMP'],
  ['FIRST_VALUE', 'FIRST_VALUE'],
  ['LAST_VALUE', 'LAST_VALUE'],
  ['LISTAGG', 'LISTAGG'],
  ['ARRAY_AGG', 'ARRAY_AGG'],
  ['COLLECT', 'COLLECT'],
  ['PERCENTILE', 'PERCENTILE'],
  ['APPROX_COUNT_DISTINCT', 'APPROX_COUNT_DISTINCT'],
  ['JSON_OBJECTAGG', 'JSON_OBJECTAGG'],
  ['JSON_ARRAYAGG', 'JSON_ARRAYAGG'],
])

/** The aggregates that OVER takes. */
export const OVER_AGGREGATES: ReadonlySet<string> = new Set(
  'COUNT SUM AVG MIN MAX STDDEV_POP STDDEV_SAMP STDDEV VAR_POP VAR_SAMP VARIANCE FIRST_VALUE LAST_VALUE'.split(' '),
)

/** Whether the expression has an aggregate in it, also inside an OVER. SUM(x) OVER (…) itself is none. */
export function hasAggregate(node: ExpressionSyntax): boolean {
  return isAggregate(node) || childrenOf(node).some(hasAggregate)
}

/** Whether the expression is an aggregate. */
export const isAggregate = (node: ExpressionSyntax): node is SyntaxOf<'call'> =>
  node.kind === 'call' && node.over === undefined && AGGREGATES.has(node.name.name.toUpperCase())

/** Functions that say of which set of GROUP BY a group is. */
export const GROUPING_FUNCTIONS: ReadonlySet<string> = new Set(['GROUPING', 'GROUPING_ID', 'GROUP_ID'])

/** Aggregates that Flink has and tailrace does not. */
export const OTHER_AGGREGATES: ReadonlySet<string> = new Set(
  `SINGLE_VALUE BITMAP_BUILD_AGG BITMAP_AND_AGG BITMAP_OR_AGG BITMAP_XOR_AGG`.split(/\s+/),
)
