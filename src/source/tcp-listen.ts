/** Addresses to listen on, `HOST:PORT` or a port alone, and in words why listening fails. */
import { type AddressInfo, createServer, type Server } from 'node:net'
import * as z from 'zod'
import { Failure } from '../base/failure.ts'
import { type Obstacle, obstaclesTo } from './obstacle.ts'

export type Address = { readonly host: string; readonly port: number }

export const LOOPBACK = '127.0.0.1'

const ALLOWED = 'HOST:PORT or a port alone, as in 127.0.0.1:9999, [::1]:9999 or 9999'

/** `127.0.0.1:9999`, `[::1]:9999`, or `9999` on the loopback address. */
export const listenAddress: z.ZodType<Address, string | number> = z
  .union([z.string(), z.number()], { error: `expected ${ALLOWED}` })
  .transform((text, context) => {
    const [, v6, name, port] = /^(?:(?:\[([^\]]+)\]|([^:]*)):)?(\d+)$/.exec(String(text)) ?? []
    if (port === undefined || Number(port) > 65_535) {
      context.addIssue(`'${text}' is not ${ALLOWED}`)
      return z.NEVER
    }
    return { host: v6 ?? (name === undefined || name === '' ? LOOPBACK : name), port: Number(port) }
  })

/** Whether only this machine can connect to the host. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true
  const { BlockList, isIP } = process.getBuiltinModule('node:net')
  const version = isIP(host)
  if (version === 0) return false
  const own = new BlockList()
  own.addSubnet('127.0.0.0', 8, 'ipv4')
  own.addAddress('::1', 'ipv6')
  return own.check(host, version === 4 ? 'ipv4' : 'ipv6')
}

/**
 * Starts to listen. Gives the address in words, with the port that it got, and whether other machines can reach it. Throws a
 * Failure that begins with `who`, the part that listens: "source collector".
 */
export async function listen(
  server: Server,
  { host, port }: Address,
  who: string,
): Promise<{ readonly address: string; readonly isPublic: boolean }> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFailure(error, { host, port }, who)))
    server.listen({ host, port }, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
  const got = server.address() as AddressInfo
  const shown = got.family === 'IPv6' ? `[${got.address}]` : got.address
  return { address: `${shown}:${got.port}`, isPublic: !isLoopback(got.address) }
}

/** Why a run could not listen on an address now: it is tried, and the address given back at once. */
export async function whyNotListening(address: Address): Promise<readonly Obstacle[]> {
  const server = createServer()
  try {
    return await obstaclesTo((who) => listen(server, address, who))
  } finally {
    server.close()
  }
}

/** Why listening on an address failed, in words that begin with `who`. */
export function listenFailure(error: NodeJS.ErrnoException, { host, port }: Address, who: string): Failure {
  const cause = error
  switch (error.code) {
    case 'EADDRINUSE':
      return new Failure('in-use', `${who}: port ${port} of ${host} is taken by another process`, {
        hint: `stop it (lsof -i :${port} shows which it is), or listen on another port`,
        cause,
      })
    case 'EACCES':
      return new Failure('denied', `${who}: port ${port} may not be opened by this user`, {
        hint: 'ports below 1024 are kept for the system: choose a higher one',
        cause,
      })
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new Failure('not-found', `${who}: ${host} is not an address of this machine`, {
        hint: `listen on ${LOOPBACK}, or on 0.0.0.0 for every address that it has`,
        cause,
      })
    default:
      return new Failure('io', `${who}: cannot listen on ${host}:${port}: ${error.message}`, { cause })
  }
}
