/** Asks the run for work, as another process would by the control socket. */
import { assert } from '../base/assert.ts'
import type { ControlRequest } from '../run/control/socket.ts'
import type { ServedRun } from '../run/served/served-run.ts'

/** Resolves with the answer. Rejects with the Failure of the request or of its work. */
export async function askServed<Answer>({ commands }: ServedRun, request: ControlRequest): Promise<Answer> {
  const work = Object.hasOwn(commands, request.command) ? commands[request.command] : undefined
  assert(work !== undefined, `a run knows the command ${request.command}`)
  return (await work(request)) as Answer
}
