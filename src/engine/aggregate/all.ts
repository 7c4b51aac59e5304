/** Every aggregate function that the engine runs. */
import type { AggregateName } from '../../sql/plan/plan.ts'
import { avg } from './avg.ts'
import { count } from './count.ts'
import type { OpenAccumulator } from './definition.ts'
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
}
