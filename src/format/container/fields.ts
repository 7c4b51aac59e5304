/** The columns of container logs, the same for every runtime. `stream` and `time` are reserved words of Flink. */
import { STRING, TIMESTAMP_LTZ } from '../../record/type.ts'
import type { DeclaredColumn } from '../declared-columns.ts'

export const CONTAINER_COLUMNS: readonly DeclaredColumn[] = [
  { field: { name: 'ts', type: TIMESTAMP_LTZ, rowtime: true } },
  { field: { name: 'output', type: STRING } },
  { field: { name: 'message', type: STRING } },
]

/** The reason of the reject of a line whose rest did not come. */
export const NO_END = 'the line goes on, and its rest is missing'
