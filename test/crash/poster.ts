/**
 * A client that sends numbered requests over HTTP, each with its key, one after the other. It repeats those that were not
 * answered, and now and then one that was, a moment or long before.
 */
import type { Random } from '../../src/base/random.ts'
import { START } from './pipeline.ts'

const LINES = 5

export type Poster = {
  /** Sends requests until the process is gone. */
  send(url: string, isGone: () => boolean): Promise<void>
  /** The number of requests answered with 200; one more may have been stored. */
  readonly answered: number
}

export const linesOfRequest = (request: number): readonly string[] =>
  Array.from({ length: LINES }, (_, line) => {
    const number = request * LINES + line
    // Its time goes about as fast as that of the other topic.
    return `{"ts":"${new Date(START + request * 2000).toISOString()}","shop":"s${number % 5}","amount":${line},"number":${number}}`
  })

/** A client that has sent nothing yet. */
export function openPoster(random: Random): Poster {
  let answered = 0
  const post = async (url: string, request: number): Promise<boolean> => {
    const headers = { 'idempotency-key': `request ${request}`, 'content-type': 'application/x-ndjson' }
    const body = linesOfRequest(request)
      .map((line) => `${line}\n`)
      .join('')
    const sent = await fetch(url, { method: 'POST', body, headers }).catch(() => undefined)
    await sent?.arrayBuffer().catch(() => undefined)
    return sent?.status === 200
  }
  return {
    async send(url, isGone) {
      while (!isGone()) {
        if (await post(url, answered)) answered++
        else await new Promise((resolve) => setTimeout(resolve, 5))
        if (answered > 0 && random.below(4) === 0) await post(url, answered - 1)
        if (answered > 0 && random.below(4) === 0) await post(url, random.below(answered))
        // Pauses make its partitions idle.
        if (random.below(8) === 0) await new Promise((resolve) => setTimeout(resolve, 60))
      }
    },
    get answered() {
      return answered
    },
  }
}
