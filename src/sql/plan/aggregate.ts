/** A call of an aggregate in a plan: what it computes, and of which columns. */
import type { Field } from '../../record/type.ts'

export type AggregateName =
  | 'COUNT'
  | 'SUM'
  | 'AVG'
  | 'MIN'
  | 'MAX'
  | 'STDDEV_POP'
  | 'STDDEV_SAMP'
  | 'VAR_POP'
  | 'VAR_SAMP'
  | 'FIRST_VALUE'
  | 'LAST_VALUE'
  | 'LISTAGG'
  | 'ARRAY_AGG'
  | 'COLLECT'
  | 'PERCENTILE'
  | 'APPROX_COUNT_DISTINCT'
  | 'JSON_OBJECTAGG'
  | 'JSON_ARRAYAGG'

/** What an aggregate is told besides its argument. Of an argument that is a ROW the fields are its arguments. */
export type AggregateSettings =
  /** LISTAGG */
  | { readonly kind: 'separator'; readonly text: string }
  /** PERCENTILE: the shares, from 0 to 1; whether the result is an ARRAY, and whether the argument is ROW(value, frequency). */
  | { readonly kind: 'shares'; readonly shares: readonly number[]; readonly list: boolean; readonly weighted: boolean }
  /** ARRAY_AGG, JSON_OBJECTAGG, JSON_ARRAYAGG: whether a NULL is a value; whether the argument is ROW(value). */
  | { readonly kind: 'nulls'; readonly kept: boolean; readonly inRow?: boolean }

export type AggregateCall = {
  readonly function: AggregateName
  readonly distinct: boolean
  /** Index of the input column; undefined for COUNT(*). */
  readonly argument: number | undefined
  /** Index of the BOOLEAN input column of FILTER (WHERE …). */
  readonly filter: number | undefined
  readonly settings?: AggregateSettings
  readonly field: Field
}
