/** The aggregates, and what they are told. */

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
