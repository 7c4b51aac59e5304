/**
 * The certificate and key of the server. Both files are looked at again and again: those that a renewal has replaced are used for new
 * connections, without a restart. Files that cannot be used are said once, and the ones before stay.
 */
import { statSync } from 'node:fs'
import type { SecureContextOptions, TlsOptions } from 'node:tls'
import { type Clock, every } from '../base/clock.ts'
import { describeFailure, Failure } from '../base/failure.ts'
import { readServerTls, type ServerTls } from '../source/network/server-tls.ts'

/** How often the files are looked at. */
const LOOK_MS = 5000
const MIN_VERSION = 'TLSv1.2'
const WHO = '--tls-cert and --tls-key'

export type ServerTlsFiles = Pick<ServerTls, 'cert' | 'key'>

export type OpenTls = {
  readonly first: TlsOptions
  /** Calls `use` with new files until it is disposed of. */
  watch(use: (changed: SecureContextOptions) => void): AsyncDisposable
}

/** Reads the files. Rejects with a Failure where they cannot be used. */
export async function openTls(files: ServerTlsFiles, clock: Clock, warn: (message: string) => void): Promise<OpenTls> {
  let seen = stampOf(files)
  const read = async () => ({ ...(await readServerTls(files, '.', WHO)), minVersion: MIN_VERSION }) as const
  const first = await read()
  return {
    first,
    watch: (use) =>
      every(clock, LOOK_MS, () => {
        const stamp = stampOf(files)
        if (stamp === seen) return
        seen = stamp
        read().then(use, (error: unknown) => warn(`the certificate stays as it was: ${reasonOf(error)}`))
      }),
  }
}

const reasonOf = (error: unknown): string => (error instanceof Failure ? describeFailure(error) : String(error))

/** Changes with the files: a renewal may put others in their place, whose time is older. */
function stampOf({ cert, key }: ServerTlsFiles): string {
  return [cert, key]
    .map((path) => {
      const { mtimeMs, ino, size } = statSync(path, { throwIfNoEntry: false }) ?? {}
      return `${mtimeMs} ${ino} ${size}`
    })
    .join()
}
