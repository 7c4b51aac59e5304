/** Requests to the real process, which is killed between them: answered records are there once, repeats add nothing. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { nodeDisk } from '../../src/base/node-disk.ts'
import { readAll } from '../../src/bus/appends.test-tool.ts'
import { ownEmbedded } from '../../src/bus/embedded/embedded.test-tool.ts'
import { folderWith, start } from './tailrace.ts'

const PARTITIONS = 3
const PIPELINE = `version: 1
name: posted
sources:
  web: { ingest: { listen: "127.0.0.1:0", token: "\${TOKEN}", keys: 600 }, to: lines }
topics:
  lines: { partitions: ${PARTITIONS}, format: lines }
`
const LINES = 5
const bodyOf = (request: number) => Array.from({ length: LINES }, (_, line) => `${request}:${line}\n`).join('')

async function linesIn(folder: string): Promise<readonly string[][]> {
  await using bus = await ownEmbedded(join(folder, '.tailrace/posted'), { disk: nodeDisk, clock: systemClock })
  const topic = await bus.topic('lines', PARTITIONS)
  return Promise.all(
    Array.from({ length: PARTITIONS }, async (_, partition) =>
      (await readAll(topic, partition)).map(({ value }) => value),
    ),
  )
}

test('after SIGKILL between requests, a request repeated with its key is there once, whole', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE })
  let next = 0
  let toSend: number[] = []
  for (const kills of [1, 40, 7, 90]) {
    const running = start(['run', 'p.yaml'], { folder: folder.path, environment: { TOKEN: 't' } })
    const url = /ingest (http:\/\/\S+)/.exec(await running.line(/^posted runs:/))?.[1]?.replace(/[,;]$/, '') ?? ''
    const again: number[] = []
    let answered = 0
    const send = async (request: number) => {
      const headers = { authorization: 'Bearer t', 'idempotency-key': `request ${request}` }
      const ok = await fetch(url, { method: 'POST', body: bodyOf(request), headers }).then(
        ({ status }) => status === 200,
        () => false,
      )
      // Answered requests are repeated too, as if the answer had been lost.
      if (!ok || request % 3 === 0) again.push(request)
      if (ok && ++answered === kills) running.process.kill('SIGKILL')
    }
    const worker = async () => {
      while (running.process.exitCode === null && !running.process.killed) await send(toSend.shift() ?? next++)
    }
    await Promise.all(Array.from({ length: 8 }, worker))
    await running.ended
    toSend = [...toSend, ...again]
  }
  const last = start(['run', 'p.yaml'], { folder: folder.path, environment: { TOKEN: 't' } })
  const url = /ingest (http:\/\/\S+)/.exec(await last.line(/^posted runs:/))?.[1]?.replace(/[,;]$/, '') ?? ''
  for (const request of toSend) {
    const headers = { authorization: 'Bearer t', 'idempotency-key': `request ${request}` }
    const response = await fetch(url, { method: 'POST', body: bodyOf(request), headers })
    expect(await response.json()).toMatchObject({ lines: LINES })
  }
  last.process.kill('SIGTERM')
  expect(await last.ended).toMatchObject({ code: 0 })

  const partitions = await linesIn(folder.path)
  for (const lines of partitions) {
    const requests = lines.filter((_, at) => at % LINES === 0).map((line) => Number(line.split(':')[0]))
    expect(lines.join('\n')).toBe(requests.map(bodyOf).join('').trimEnd())
  }
  const all = partitions.flat()
  expect(new Set(all).size).toBe(all.length)
  expect(all).toHaveLength(next * LINES)
})
