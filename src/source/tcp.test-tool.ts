/** Connects to a TCP source and sends lines. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** The port of a source, by its description. */
export const portOf = (text: string): number => Number(text.slice(text.lastIndexOf(':') + 1))

/** Connects to a source. */
export async function dial(text: string): Promise<Socket> {
  const socket = connect(portOf(text), '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

/** Sends the pieces one after the other, and ends the connection. */
export async function send(text: string, ...pieces: string[]): Promise<void> {
  const socket = await dial(text)
  for (const piece of pieces) await new Promise((sent) => socket.write(piece, sent))
  socket.end()
  await once(socket, 'close')
}

/** The options of a source that takes any free port. */
export const port0: { readonly listen: string } = { listen: '127.0.0.1:0' }

/** Resolves when the connection is closed, also by an error. */
export const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })

/** The bytes that wait to be sent, once their number has not changed for a while: 0 where the receiver takes all. */
export async function stillToSend(socket: Socket): Promise<number> {
  let before = -1
  for (let same = 0; same < 25 && before !== 0; same = socket.writableLength === before ? same + 1 : 0) {
    before = socket.writableLength
    await new Promise((later) => setTimeout(later, 20))
  }
  return socket.writableLength
}
