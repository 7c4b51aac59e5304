/** Sends requests to one address, and leaves it alone for as long as it asks for. */
import type { Clock } from '../../base/clock.ts'
import { openAskedPause } from '../../client/http/asked-pause.ts'
import type { HttpAnswer, HttpClient, HttpRequest } from '../../client/http/client.ts'
import { judgeStatus } from './answer.ts'

/** Longest pause that a server can ask for. */
const LONGEST_PAUSE_MS = 3_600_000

export type Requester = {
  /** The answer, where it is about the rows; `reason` where it refuses them. Rejects with a Failure where it is not. */
  send(made: HttpRequest, giveUp?: AbortSignal): Promise<{ readonly answer: HttpAnswer; readonly reason?: string }>
}

/** `refuse`: statuses that are about the rows, besides those that always are. */
export function openRequester(client: HttpClient, refuse: readonly number[], clock: Clock): Requester {
  const askedPause = openAskedPause(clock, LONGEST_PAUSE_MS)
  return {
    async send(made, giveUp) {
      await askedPause.wait(giveUp)
      const answer = await client.send({ ...made, ...(giveUp !== undefined && { signal: giveUp }) })
      const judgement = judgeStatus(answer.status, refuse)
      if (judgement === 'taken') return { answer }
      const failure = client.refusal(answer)
      if (judgement === 'refused' || judgement === 'too large') return { answer, reason: failure.message }
      askedPause.note(answer)
      throw failure
    },
  }
}
