/** An FTP server of one folder, from Debian: pyftpdlib. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { Failure } from '../../src/base/failure.ts'
import { debianProgram } from './debian.ts'
import { openGuard } from './guard.ts'
import { freePorts } from './ports.ts'
import { startProcess } from './server-process.ts'
import type { ServiceCommand } from './service-command.ts'

export type FtpOptions = {
  /** Its files can be read. */
  readonly folder: string
  /** The only user; without one, anybody may log in, as `anonymous`. */
  readonly user?: { readonly username: string; readonly password: string }
}

export type Ftp = AsyncDisposable & {
  /** `ftp://HOST:PORT`. */
  readonly url: string
  readonly folder: string
  readonly pid: number
  readonly log: string
  stop(): Promise<void>
}

/** Starts the server, and resolves when it greets. Throws if it is not installed. */
export async function startFtp({ folder, user }: FtpOptions): Promise<Ftp> {
  const command = debianProgram('ftp')
  const guard = await openGuard('ftp')
  try {
    const [port = 0] = await freePorts(1)
    const login = user === undefined ? [] : [`--username=${user.username}`, `--password=${user.password}`]
    const place = ['--interface=127.0.0.1', `--port=${port}`, `--directory=${folder}`]
    const args = ['-u', '-m', 'pyftpdlib', ...place, ...login]
    const process = await startProcess(guard, { name: 'ftp', command, args })
    await process.ready(() => greets(port))
    const stop = async () => await guard[Symbol.asyncDispose]()
    const url = `ftp://127.0.0.1:${port}`
    return { url, folder: guard.folder, pid: process.pid, log: process.log, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await guard[Symbol.asyncDispose]()
    throw error
  }
}

/** Whether the server at this port says that it is ready for a new user. */
async function greets(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    const [greeting] = await once(socket, 'data')
    return String(greeting).startsWith('220')
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

export const ftpOnCommand: ServiceCommand = {
  name: 'ftp',
  usage: 'ftp FOLDER',
  summary: 'An FTP server of a folder (from Debian)',
  async start([folder]) {
    if (folder === undefined) throw new Failure('usage', 'ftp needs the folder that it offers: ftp FOLDER')
    const ftp = await startFtp({ folder })
    const addresses = { address: ftp.url, log: ftp.log }
    return { folder: ftp.folder, pids: [ftp.pid], addresses, [Symbol.asyncDispose]: ftp.stop }
  },
}
