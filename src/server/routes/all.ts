/** Every address of the server. */
import { statusEvents } from './events.ts'
import { healthz } from './healthz.ts'
import { metrics } from './metrics.ts'
import { rowsAsCsv, rowsAsNdjson } from './queries/download.ts'
import { oneQuery, queries } from './queries/list.ts'
import { queryRecords } from './queries/records.ts'
import { queryRowEvents } from './queries/row-events.ts'
import { queryRows } from './queries/rows.ts'
import { readyz } from './readyz.ts'
import type { Route } from './route.ts'
import { beginSession, endSession, sessionState } from './session.ts'
import { status } from './status.ts'
import { version } from './version.ts'

export const routes: readonly Route[] = [
  healthz,
  readyz,
  metrics,
  version,
  sessionState,
  beginSession,
  endSession,
  status,
  statusEvents,
  queries,
  oneQuery,
  queryRows,
  queryRowEvents,
  rowsAsCsv,
  rowsAsNdjson,
  queryRecords,
]
