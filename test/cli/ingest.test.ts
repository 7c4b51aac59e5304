/** Requests to the real process, which is killed between them: answered records are there once, repeats add nothing. */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readTopics } from '../run/in-process.ts'
import { folderWith } from './tailrace.ts'

const PIPELINE = `version: 1
name: posted
sources:
  web: { ingest: { listen: "127.0.0.1:0", token: "\${TOKEN}" }, to: lines }
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

/** The bytes of all files in a folder. */
const bytesIn = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.log$|^web$/.test(entry.name))
    .reduce((sum, { parentPath, name }) => sum + statSync(`${parentPath}/${name}`).size, 0)

// Promise: A request of `ingest` writes less than 600 bytes besides its lines, however many idempotency keys are remembered.
test('requests with keys, one after the other, write little besides their lines', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE.replace('partitions: 3, ', '') }, { TOKEN: 't' })
  const running = folder.start('run', 'p.yaml')
  const port = await running.port(/^posted runs:/)
  for (let request = 0; request < 600; request++) expect((await post(port, request))?.status).toBe(200)
  expect(await running.stop()).toMatchObject({ code: 0 })
  const data = folder.at('.tailrace/posted')
  const written = bytesIn(`${data}/topics`) + bytesIn(`${data}/keys`)
  const lines = Array.from({ length: 600 }, (_, request) => bodyOf(request).length).reduce((sum, one) => sum + one, 0)
  // A record of the log has some bytes of its own, and each request has five.
  expect((written - lines) / 600).toBeLessThan(600)
  expect(bytesIn(`${data}/keys`)).toBeGreaterThan(600 * 18 * 0.5)
})

// Promise: `fsck` finds a journal of idempotency keys that is gone, which the next run would refuse.
test('a journal of keys that is gone is found by fsck, and the next run refuses to take requests twice', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE }, { TOKEN: 't' })
  const running = folder.start('run', 'p.yaml')
  const port = await running.port(/^posted runs:/)
  for (let request = 0; request < 60; request++) await post(port, request)
  await running.stop()
  expect(await folder.tailrace('fsck', 'p.yaml')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Nothing is'),
  })
  rmSync(folder.at('.tailrace/posted/keys'), { recursive: true })
  const gone = expect.stringContaining('keys/lines/web, is gone')
  expect(await folder.tailrace('fsck', 'p.yaml')).toMatchObject({ code: 1, stdout: gone })
  expect(await folder.tailrace('run', 'p.yaml')).toMatchObject({ code: 1, stderr: gone })
})
