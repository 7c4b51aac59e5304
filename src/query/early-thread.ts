/**
 * A thread that helps a query over files. A thread needs nearly a tenth of a second to start, so the first is started
 * before the program itself is loaded, if the files named are large enough. It waits for its task, or ends with the process.
 */
import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Worker } from 'node:worker_threads'
import { WORTH_A_THREAD } from './unit-bytes.ts'

/** Starts a thread; undefined if the command line does not look like a query that needs one. */
export function startHelper(args: readonly string[]): Worker | undefined {
  const isNumberGiven = args.some((arg) => arg.startsWith('--workers'))
  if (isNumberGiven || availableParallelism() < 2) return undefined
  const bytes = args.reduce((sum, arg) => sum + sizeOf(arg), 0)
  return bytes > WORTH_A_THREAD ? openHelper() : undefined
}

/** Starts a thread that does not keep the process alive. */
export function openHelper(): Worker {
  // Loaded only here, so that other starts of the program do not pay for it.
  const threads = process.getBuiltinModule('node:worker_threads')
  const worker = new threads.Worker(new URL('./worker.ts', import.meta.url))
  worker.unref()
  return worker
}

/** Bytes of a plain file; 0 for anything else. The query itself reports files that it cannot read. */
function sizeOf(path: string): number {
  if (path.endsWith('.gz') || path.endsWith('.zst')) return 0
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}
