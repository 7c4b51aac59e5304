/** A server on a port of this machine that is no broker: each connection is given to `meet`. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export type StrangeServer = {
  /** `127.0.0.1:PORT`. */
  readonly address: string
  connections(): number
  [Symbol.asyncDispose](): Promise<void>
}

export async function strangeServer(meet: (socket: Socket) => void): Promise<StrangeServer> {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    connections++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    meet(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
