/**
 * A thread that helps a query over files. It takes nearly a tenth of a second until it works, so the first is started
 * before the program itself is loaded, where files are named that are worth it. It waits for its task, or ends with us.
 */
import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Worker } from 'node:worker_threads'
import { WORTH_A_THREAD } from './unit-bytes.ts'

/** Undefined where no second thread would be wanted, as far as the command line tells. */
export function startHelper(args: readonly string[]): Worker | undefined {
  const saysHowMany = args.some((arg) => arg.startsWith('--workers'))
  if (saysHowMany || availableParallelism() < 2) return undefined
  const bytes = args.reduce((sum, arg) => sum + sizeOf(arg), 0)
  return bytes > WORTH_A_THREAD ? openHelper() : undefined
}

/** It does not keep the process alive. */
export function openHelper(): Worker {
  // Loaded here, as every start of the program would pay for it.
  const threads = process.getBuiltinModule('node:worker_threads')
  const worker = new threads.Worker(new URL('./worker.ts', import.meta.url))
  worker.unref()
  return worker
}

/** Of a plain file; 0 of anything else: what is wrong with it, the query itself will say. */
function sizeOf(path: string): number {
  if (path.endsWith('.gz') || path.endsWith('.zst')) return 0
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}
