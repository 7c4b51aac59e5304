/** A program that reads logs and sends them on, as one process that can be killed and started again where it was. */
import type { Guard } from './guard.ts'
import type { ServerProcess } from './server-process.ts'

/** It sends what waits, and closes its files. */
const END_LIMIT_MS = 30_000

export type Shipper = AsyncDisposable & {
  readonly folder: string
  readonly pid: number
  readonly log: string
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
  /** Starts it again, with what it remembers of its input. It is killed first if it runs. */
  restart(): Promise<void>
  /** Asks it to end, which sends what waits, and removes its folder. */
  stop(): Promise<void>
}

/** Starts the process by `start`, and again by it at each restart. The folder is that of the guard. */
export async function startShipper(guard: Guard, start: () => Promise<ServerProcess>): Promise<Shipper> {
  let process = await start()
  const stop = async () => {
    await process.end(END_LIMIT_MS)
    await guard[Symbol.asyncDispose]()
  }
  return {
    folder: guard.folder,
    get pid() {
      return process.pid
    },
    log: process.log,
    kill: () => process.kill(),
    async restart() {
      await process.kill()
      process = await start()
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
