/** Asks the process that runs a pipeline to do the work of a command, as it owns the data folder. */
import { existsSync } from 'node:fs'
import { askRun } from '../../run/control/ask.ts'
import type { ControlRequest } from '../../run/control/socket.ts'

/**
 * What the process has answered, once the work is done; undefined where none listens. Rejects with the Failure that it
 * answered. The answer is as `run/control/commands.ts` gives it.
 */
export async function askRunning<Answer>(dataFolder: string, request: ControlRequest): Promise<Answer | undefined> {
  if (!existsSync(dataFolder)) return undefined
  // The work may take any time: it reads what the topics have of the span.
  const asked = await askRun(dataFolder, request, 0)
  return asked?.answer as Answer | undefined
}
