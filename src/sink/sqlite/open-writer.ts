/** A writer in a thread of its own, as this thread sees it. */
import type { Worker } from 'node:worker_threads'
import { assert } from '../../base/assert.ts'
import { failureOfData } from '../../base/failure-data.ts'
import type { Next } from './positions.ts'
import type { WriterAnswer, WriterRequest } from './serve-writer.ts'
import type { WriteAnswer, WriteRequest, WriterOptions } from './writer.ts'

/** The calls of `SqliteWriter`, performed in their order. They reject with its Failures. */
export type OpenWriter = {
  write(request: WriteRequest): Promise<WriteAnswer>
  flush(): Promise<Next>
  /** Closes the file, after what was asked for before, and ends the thread. */
  close(): Promise<void>
}

/** Starts a thread and opens the writer in it. Rejects with the Failure of opening; then there is no thread. */
export async function openWriter(options: WriterOptions): Promise<OpenWriter> {
  const threads = process.getBuiltinModule('node:worker_threads')
  const worker = new threads.Worker(new URL('./thread.ts', import.meta.url))
  const ask = asking(worker)
  try {
    await ask({ kind: 'open', options })
  } catch (error) {
    await worker.terminate()
    throw error
  }
  return {
    write: async (request) => (await ask({ kind: 'write', request })) as WriteAnswer,
    flush: async () => (await ask({ kind: 'flush' })) as Next,
    async close() {
      await ask({ kind: 'close' })
      await worker.terminate()
    },
  }
}

type Waiting = {
  resolve(result: Extract<WriterAnswer, { kind: 'done' }>['result']): void
  reject(error: unknown): void
}

/** Posts requests and gives their answers. The thread keeps the process alive only while it works. */
function asking(
  worker: Worker,
): (request: WriterRequest) => Promise<Extract<WriterAnswer, { kind: 'done' }>['result']> {
  const waiting: Waiting[] = []
  worker.unref()
  worker.on('message', (answer: WriterAnswer) => {
    const first = waiting.shift()
    assert(first !== undefined, 'each answer is to a request')
    if (waiting.length === 0) worker.unref()
    if (answer.kind === 'done') first.resolve(answer.result)
    else first.reject(answer.kind === 'failed' ? failureOfData(answer.failure) : new Error(answer.text))
  })
  /** Why the thread answers no more. */
  let end: unknown
  const endWith = (reason: unknown) => {
    end ??= reason
    for (const one of waiting.splice(0)) one.reject(end)
  }
  worker.on('error', endWith)
  worker.on('exit', () => endWith(new Error('the thread that writes to SQLite has ended')))
  return (request) =>
    new Promise((resolve, reject) => {
      if (end !== undefined) return reject(end)
      waiting.push({ resolve, reject })
      worker.ref()
      worker.postMessage(request)
    })
}
