/** The `over` node of a window, and what it says of a state that grows. */
import type { Field } from '../../../record/type.ts'
import type { Plan, PlanOf, RowFrame } from '../../plan/plan.ts'
import { addWarning, type Statement } from '../statement.ts'

type Parts = Pick<PlanOf<'over'>, 'partitionBy' | 'order' | 'frame' | 'calls' | 'functions'>

/** The rows with what is over the window. */
export function overOf(input: Plan, parts: Parts, statement: Statement): Plan {
  const { partitionBy, calls, functions } = parts
  const frame = frameOf(input, parts)
  const isEndless = statement.mode === 'streaming' && (frame.unit === 'rows' || frame.from === -Infinity)
  const ttl = isEndless && statement.ttl !== Infinity ? statement.ttl : undefined
  if (isEndless && statement.ttl === undefined && partitionBy.length > 0) {
    const keys = partitionBy.map((column) => input.fields[column]?.name).join(', ')
    addWarning(statement, {
      message: `every ${keys} that was ever seen is kept, as a later row may need the rows before it: the state grows without end`,
      hint: `${calls.length === 0 ? '' : "write RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW; or "}say how long, in event time: state: { ttl: 7d } of the query; or ttl: forever, where there are few`,
    })
  }
  const fields: Field[] = [...input.fields, ...[...calls, ...functions].map(({ field }) => field)]
  return { kind: 'over', input, ...parts, frame, ttl, fields }
}

/**
 * All rows of one window have one `window_time`. Over PARTITION BY window_end ORDER BY window_time, all rows so far are thus those
 * of that time: with such a frame, a window is forgotten when it is over.
 */
function frameOf({ fields }: Plan, { partitionBy, order, frame, functions }: Parts): RowFrame {
  const isOfWindow = partitionBy.some((column) => fields[column]?.window === 'end')
  const [time] = order
  const isByTime = time !== undefined && order.length === 1 && fields[time.column]?.window === 'time'
  const isAll = frame.unit === 'range' && frame.from === -Infinity && frame.to === 0
  return isOfWindow && isByTime && isAll && functions.length === 0 ? { ...frame, from: 0 } : frame
}
