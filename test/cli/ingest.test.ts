/** Requests to the real process, which is killed between them: answered records are there once, repeats add nothing. */
import { expect, test } from 'vitest'
import { readTopics } from '../run/in-process.ts'
import { folderWith } from './tailrace.ts'

const PIPELINE = `version: 1
name: posted
sources:
  web: { ingest: { listen: "127.0.0.1:0", token: "\${TOKEN}", keys: 600 }, to: lines }
topics:
  lines: { partitions: 3, format: lines }
`
const LINES = 5
const bodyOf = (request: number) => Array.from({ length: LINES }, (_, line) => `${request}:${line}\n`).join('')

/** Posts a request with its key; gives the answer, or undefined if there is none. */
const post = (port: number, request: number): Promise<Response | undefined> => {
  const headers = { authorization: 'Bearer t', 'idempotency-key': `request ${request}` }
  return fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: bodyOf(request), headers }).catch(() => undefined)
}

// Promise ingest-once: A request that was answered with 200 is kept whole, and sent again with its `Idempotency-Key` it adds
// nothing.
test('after SIGKILL between requests, a request repeated with its key is there once, whole', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE }, { TOKEN: 't' })
  let next = 0
  let toSend: number[] = []
  for (const kills of [1, 40, 7, 90]) {
    const running = folder.start('run', 'p.yaml')
    const port = await running.port(/^posted runs:/)
    const again: number[] = []
    let answered = 0
    const send = async (request: number) => {
      const isAnswered = (await post(port, request))?.status === 200
      // Answered requests are repeated too, as if the answer had been lost.
      if (!isAnswered || request % 3 === 0) again.push(request)
      if (isAnswered && ++answered === kills) running.process.kill('SIGKILL')
    }
    const worker = async () => {
      while (running.process.exitCode === null && !running.process.killed) await send(toSend.shift() ?? next++)
    }
    await Promise.all(Array.from({ length: 8 }, worker))
    await running.ended
    toSend = [...toSend, ...again]
  }
  const running = folder.start('run', 'p.yaml')
  const port = await running.port(/^posted runs:/)
  for (const request of toSend) expect(await (await post(port, request))?.json()).toMatchObject({ lines: LINES })
  expect(await running.stop()).toMatchObject({ code: 0 })

  const topics = await readTopics(folder.at('.tailrace/posted'))
  const partitions = [0, 1, 2].map((partition) => topics.get(`lines-${partition}`)?.map(({ value }) => value) ?? [])
  for (const lines of partitions) {
    const requests = lines.filter((_, at) => at % LINES === 0).map((line) => Number(line.split(':')[0]))
    expect(lines.join('\n')).toBe(requests.map(bodyOf).join('').trimEnd())
  }
  const all = partitions.flat()
  expect(new Set(all).size).toBe(all.length)
  expect(all).toHaveLength(next * LINES)
})
