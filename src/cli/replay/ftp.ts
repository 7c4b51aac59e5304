/** Reads a file from an FTP server, for `tailrace replay`. The client is loaded only here. */
import { PassThrough, type Readable } from 'node:stream'
import { Failure } from '../../base/failure.ts'

/** A log that is sent at a low rate is read ahead so far, as servers do not wait for hours. */
export const READ_AHEAD_BYTES: number = 64 << 20
/** How long the server may be silent. A receiver that takes lines slowly does not count as silence. */
const TIMEOUT_MS = 30_000
const PORT = 21

/** `total` in bytes, if the server tells it. */
export type FtpFile = { readonly content: Readable; readonly total: number | undefined }

/**
 * Opens the file of an `ftp://user:password@host:port/path` address; the path starts at the folder that the server lets
 * the user into. Rejects with a Failure that names the address without user and password.
 */
export async function openFtpFile(url: URL, signal: AbortSignal): Promise<FtpFile> {
  const shown = shownUrl(url)
  const path = decodeURIComponent(url.pathname.slice(1))
  // The path becomes a part of a command, which ends with its line.
  if (path === '' || path.endsWith('/') || /\p{Cc}/u.test(path)) {
    throw new Failure('usage', `replay: ${shown} names no file`, { hint: 'Write ftp://HOST/PATH.' })
  }
  const { Client } = await import('basic-ftp')
  const client = new Client(TIMEOUT_MS)
  signal.addEventListener('abort', () => client.close(), { once: true })
  const failure = (error: unknown) => {
    client.close()
    return ftpFailure(error, shown)
  }
  try {
    await client.access({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? PORT : Number(url.port),
      user: url.username === '' ? 'anonymous' : decodeURIComponent(url.username),
      password: url.password === '' ? 'anonymous@' : decodeURIComponent(url.password),
    })
    const total = await client.size(path).catch((error: unknown) => {
      if (client.closed) throw error
      return undefined
    })
    const content = new PassThrough({ highWaterMark: READ_AHEAD_BYTES })
    // Its reader gets the error, unless it has not begun to read.
    content.on('error', () => {})
    client.downloadTo(content, path).then(
      () => client.close(),
      (error: unknown) => content.destroy(failure(error)),
    )
    return { content, total }
  } catch (error) {
    throw failure(error)
  }
}

/** The address without user and password. */
export function shownUrl(url: URL): string {
  const shown = new URL(url)
  shown.username = ''
  shown.password = ''
  return shown.href
}

/** Codes of the protocol: 530 is a refused login, 550 a file that is not there or not for this user. */
function ftpFailure(error: unknown, shown: string): Failure {
  const { code, message } = error as { readonly code?: number | string; readonly message: string }
  if (code === 530) {
    return new Failure('denied', `replay: ${shown}: the server refuses the login: ${message}`, {
      hint: 'Write ftp://USER:PASSWORD@HOST/PATH.',
      cause: error,
    })
  }
  if (code === 550) return new Failure('not-found', `replay: ${shown}: the server has no such file: ${message}`)
  return new Failure('io', `replay: ${shown} cannot be read: ${message}`, { cause: error })
}
