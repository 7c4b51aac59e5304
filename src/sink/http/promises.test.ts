/** The promises of every sink, held by `http` on a server that fails. */
import { describe } from 'vitest'
import { makeFolder } from '../../../test/contract/folder.ts'
import { deliveredSinkContract, type SinkTarget, sinkContract } from '../../../test/contract/sink.ts'
import { startServer } from '../../client/http/http-server.test-tool.ts'
import { httpSink } from './http.ts'

describe.each(['single', 'array', 'lines'])('the promises of every sink, sending %s', (send) => {
  /** A server that keeps what comes by its Idempotency-Key, once. `fails`: it also breaks, refuses for now, and loses answers. */
  const start = (fails: boolean) => async (): Promise<SinkTarget> => {
    const taken = new Map<string, readonly string[]>()
    const trouble = fails ? ['drop', '', 'lose', '', '', 'busy', '', 'down', '', 'cut'] : ['']
    let requests = 0
    const server = await startServer(({ headers, body }, response) => {
      const now = trouble[requests++ % trouble.length]
      if (now === 'drop') return void response.destroy()
      if (now === 'busy') return void response.writeHead(429, { 'retry-after': '2' }).end()
      if (now === 'down') return void response.writeHead(503).end()
      const text = body.toString()
      const rows =
        send === 'array'
          ? JSON.parse(text)
          : text
              .trim()
              .split('\n')
              .map((line) => JSON.parse(line))
      taken.set(
        `${headers['idempotency-key']}`,
        (rows as { text: string }[]).map((one) => one.text),
      )
      if (now === 'lose') return void response.destroy()
      if (now !== 'cut') return void response.end('ok')
      response.writeHead(200, { 'content-length': 100 }).write('half')
      setImmediate(() => response.destroy())
    })
    return {
      options: { url: server.url, send },
      folder: await makeFolder(),
      stored: async () => [...taken.values()].flat(),
    }
  }
  sinkContract(httpSink, 'rows', start(false), 12)
  // Promise requests-once-by-key: a server that goes by `Idempotency-Key` has each row of `http` once, also those of batches.
  deliveredSinkContract({ ...httpSink, writes: 'idempotent' }, start(true), 12)
})
