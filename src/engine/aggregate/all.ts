/** Every aggregate function that the engine runs. */
import type { AggregateName } from '../../sql/plan/aggregate.ts'
import { avg } from './avg.ts'
import { count } from './count.ts'
import type { OpenAccumulator } from './definition.ts'
import { approxCountDistinct } from './function/approx-count-distinct.ts'
import { arrayAgg } from './function/array-agg.ts'
import { collected } from './function/collect.ts'
import { firstValue, lastValue } from './function/first-last.ts'
import { jsonObjectAgg } from './function/json-object-agg.ts'
import { jsonArrayAgg, listAgg } from './function/list-agg.ts'
import { percentile } from './function/percentile.ts'
import { max, min } from './min-max.ts'
import { sum } from './sum.ts'
import { stddevPop, stddevSamp, varPop, varSamp } from './variance.ts'

export const aggregates: Readonly<Record<AggregateName, OpenAccumulator>> = {
  COUNT: count,
  SUM: sum,
  AVG: avg,
  MIN: min,
  MAX: max,
  STDDEV_POP: stddevPop,
  STDDEV_SAMP: stddevSamp,
  VAR_POP: varPop,
  VAR_SAMP: varSamp,
  FIRST_VALUE: firstValue,
  LAST_VALUE: lastValue,
  LISTAGG: listAgg,
  ARRAY_AGG: arrayAgg,
  COLLECT: collected,
  PERCENTILE: percentile,
  APPROX_COUNT_DISTINCT: approxCountDistinct,
  JSON_OBJECTAGG: jsonObjectAgg,
  JSON_ARRAYAGG: jsonArrayAgg,
}
