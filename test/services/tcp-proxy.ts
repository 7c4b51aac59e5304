/**
 * Stands between tailrace and a real server, and does what a network does once in a while: loses an answer, or breaks a
 * connection in the middle of what it carries.
 */

import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

/** `lose`: the server gets it and its answer does not come; `half`: the connection breaks in the middle of a request. */
export type TcpTrouble = 'lose' | 'half'

export type TcpProxy = AsyncDisposable & {
  readonly port: number
  /** Asked for each piece of a request. */
  trouble: () => TcpTrouble | undefined
  /** How often there was trouble. */
  troubles: number
}

/** A proxy on 127.0.0.1 for the server at this address. */
export async function startTcpProxy(host: string, port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(port, host)
    let isLost = false
    const end = () => {
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', end)
      socket.on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    near.on('data', (chunk) => {
      const trouble = isLost ? undefined : proxy.trouble()
      if (trouble !== undefined) proxy.troubles++
      if (trouble === 'half') far.write(chunk.subarray(0, chunk.length >> 1), end)
      else far.write(chunk)
      if (trouble === 'lose') isLost = true
    })
    far.on('data', (chunk) => {
      if (isLost) end()
      else near.write(chunk)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy: TcpProxy = {
    port: (server.address() as AddressInfo).port,
    trouble: () => undefined,
    troubles: 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}
