/** Asks the process that runs a pipeline, by its control socket. */
import { connect } from 'node:net'
import { Failure, type FailureCode } from '../../base/failure.ts'
import { type FailureData, failureOfData } from '../../base/failure-data.ts'
import type { Duration } from '../../base/quantity.ts'
import { parseObject } from '../../data/checked-json.ts'
import { controlPath } from './place.ts'
import type { ControlRequest } from './socket.ts'

/** A status has some hundred bytes for each partition, of at most a few hundred topics. */
const MAX_ANSWER_BYTES = 64 << 20
const NOBODY = ['ENOENT', 'ECONNREFUSED']

/**
 * The answer; undefined where no process listens. Rejects with the Failure that was answered, and where no answer comes in
 * time.
 */
export async function askRun(
  dataFolder: string,
  request: ControlRequest,
  waitMs: Duration,
): Promise<{ readonly answer: unknown } | undefined> {
  const path = controlPath(dataFolder)
  const line = await exchange(path, `${JSON.stringify(request)}\n`, waitMs)
  if (line === undefined) return undefined
  const { answer, failure } = parseObject(line) ?? {}
  if (answer !== undefined) return { answer }
  if (failure !== undefined) throw failureOfData(failure as FailureData)
  throw new Failure('io', `what listens on ${path} gave no answer that can be read`)
}

/** Sends a line; resolves with the line that comes back, or undefined where nobody listens. */
function exchange(path: string, text: string, waitMs: Duration): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let bytes = 0
    const peer = connect(path, () => peer.write(text))
    const fail = (code: FailureCode, message: string, hint?: string) => {
      peer.destroy()
      reject(new Failure(code, message, { hint }))
    }
    // Where this process was slow itself, the answer may be there: it is read before the immediate runs.
    peer.setTimeout(waitMs, () =>
      setImmediate(() =>
        fail('io', `the process that runs the pipeline did not answer within ${waitMs / 1000} s`, BUSY),
      ),
    )
    peer.on('data', (piece: Buffer) => {
      pieces.push(piece)
      bytes += piece.length
      if (piece.includes(10)) {
        peer.destroy()
        resolve(Buffer.concat(pieces))
      } else if (bytes > MAX_ANSWER_BYTES) fail('limit', `the answer of the process is longer than 64 MiB`)
    })
    peer.on('end', () => fail('io', 'the process that runs the pipeline ended before it had answered'))
    peer.on('error', (error: NodeJS.ErrnoException) => {
      if (NOBODY.includes(error.code ?? '')) return resolve(undefined)
      if (error.code === 'EACCES' || error.code === 'EPERM')
        return fail('denied', `${path} may not be opened`, OTHER_USER)
      fail('io', `${path} cannot be asked: ${error.message}`)
    })
  })
}

const OTHER_USER = 'Only the user whose process runs the pipeline may ask it: use sudo -u USER.'
const BUSY = 'It may be stopped by a debugger or SIGSTOP, or have more to do than the machine can.'
