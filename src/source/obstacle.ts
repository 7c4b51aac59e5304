/** What would keep a run from reading now, found by trying it. */
import { Failure } from '../base/failure.ts'

/** What `check` warns of: it may be gone when the pipeline runs. */
export type Obstacle = {
  readonly message: string
  readonly hint?: string | undefined
  /** The whole path of a folder that is missing: none if a sink of the pipeline makes it. */
  readonly missing?: string
}

/** A port of TCP or UDP on a host of this machine; 0 stands for any that is free. */
export type Listening = { readonly host: string; readonly port: number; readonly isUdp?: boolean }

/** The obstacle that an attempt meets, if any. Its Failure begins with the name that it is given for the part that tries. */
export async function obstaclesTo(attempt: (who: string) => Promise<unknown>): Promise<readonly Obstacle[]> {
  try {
    await attempt('the run')
    return []
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return [{ message: error.message.replace(/^the run: /, ''), hint: error.hint }]
  }
}
