/** Every address of the server. */
import { statusEvents } from './events.ts'
import { healthz } from './healthz.ts'
import { metrics } from './metrics.ts'
import { readyz } from './readyz.ts'
import type { Route } from './route.ts'
import { beginSession, endSession, sessionState } from './session.ts'
import { sqlCheck } from './sql/check.ts'
import { sqlComplete } from './sql/complete.ts'
import { sqlExplain } from './sql/explain.ts'
import { sqlKeep } from './sql/keep.ts'
import { sqlLive } from './sql/live.ts'
import { sqlRun } from './sql/run.ts'
import { sqlTables } from './sql/tables.ts'
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
  sqlTables,
  sqlCheck,
  sqlComplete,
  sqlExplain,
  sqlRun,
  sqlLive,
  sqlKeep,
]
