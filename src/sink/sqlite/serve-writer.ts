/**
 * The writer in its thread: SQLite blocks while it writes, syncs or waits for a lock, and the pipeline goes on meanwhile.
 * Requests are answered in their order.
 */
import { parentPort } from 'node:worker_threads'
import { assert, unreachable } from '../../base/assert.ts'
import { Failure } from '../../base/failure.ts'
import { type FailureData, failureData } from '../../base/failure-data.ts'
import type { Next } from './positions.ts'
import { SqliteWriter, type WriteAnswer, type WriteRequest, type WriterOptions } from './writer.ts'

export type WriterRequest =
  | { readonly kind: 'open'; readonly options: WriterOptions }
  | { readonly kind: 'write'; readonly request: WriteRequest }
  | { readonly kind: 'flush' }
  | { readonly kind: 'close' }

export type WriterAnswer =
  | { readonly kind: 'done'; readonly result: WriteAnswer | Next | undefined }
  | { readonly kind: 'failed'; readonly failure: FailureData }
  | { readonly kind: 'bug'; readonly text: string }

/** The main function of the thread. */
export function serveWriter(): void {
  let writer: SqliteWriter | undefined
  const perform = (request: WriterRequest): WriteAnswer | Next | undefined => {
    if (request.kind === 'open') {
      writer = new SqliteWriter(request.options)
      return undefined
    }
    assert(writer !== undefined, 'a writer is opened first')
    switch (request.kind) {
      case 'write':
        return writer.write(request.request)
      case 'flush':
        return writer.flush()
      case 'close':
        writer.close()
        return undefined
      default:
        return unreachable(request)
    }
  }
  parentPort?.on('message', (request: WriterRequest) => {
    parentPort?.postMessage(answerOf(() => perform(request)))
  })
}

function answerOf(work: () => WriteAnswer | Next | undefined): WriterAnswer {
  try {
    return { kind: 'done', result: work() }
  } catch (error) {
    if (error instanceof Failure) return { kind: 'failed', failure: failureData(error) }
    return { kind: 'bug', text: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
