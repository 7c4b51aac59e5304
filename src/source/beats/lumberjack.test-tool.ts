/** A sender of Lumberjack v2, made from the protocol's text: see `frames.ts`. */
import type { Socket } from 'node:net'
import { deflateSync } from 'node:zlib'
import { closed } from '../tcp.test-tool.ts'

const frame = (type: string, numbers: readonly number[], rest: string | Uint8Array = ''): Buffer => {
  const head = Buffer.alloc(2 + 4 * numbers.length)
  head.write(`2${type}`, 'latin1')
  for (const [index, number] of numbers.entries()) head.writeUInt32BE(number, 2 + 4 * index)
  return Buffer.concat([head, Buffer.from(rest as string)])
}

export const windowFrame = (count: number): Buffer => frame('W', [count])

export const eventFrame = (sequence: number, json: string): Buffer =>
  frame('J', [sequence, Buffer.byteLength(json)], json)

export const packedFrame = (zlib: Uint8Array): Buffer => frame('C', [zlib.length], zlib)

/** A window with these events, packed or not. */
export function batchOf(events: readonly string[], isPacked = false): Buffer {
  const frames = Buffer.concat(events.map((event, index) => eventFrame(index + 1, event)))
  return Buffer.concat([windowFrame(events.length), isPacked ? packedFrame(deflateSync(frames)) : frames])
}

/** Collects the acknowledgements of a connection. */
export class Acks {
  readonly all: number[] = []
  #bytes = Buffer.alloc(0)
  #wake = () => {}
  #isOver = false

  constructor(socket: Socket) {
    const over = () => {
      this.#isOver = true
      this.#wake()
    }
    socket.on('close', over).on('end', over)
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      for (; this.#bytes.length >= 6; this.#bytes = this.#bytes.subarray(6)) {
        if (this.#bytes.toString('latin1', 0, 2) !== '2A') throw new Error(`no acknowledgement: ${this.#bytes}`)
        this.all.push(this.#bytes.readUInt32BE(2))
      }
      this.#wake()
    })
  }

  /** Resolves with true when this sequence is acknowledged; with false where the connection ended before. */
  async reach(sequence: number): Promise<boolean> {
    while (!this.all.includes(sequence)) {
      if (this.#isOver) return false
      await new Promise<void>((wake) => (this.#wake = wake))
    }
    return true
  }
}

const acksOf = new WeakMap<Socket, Acks>()

/** Sends a batch and waits for it to be acknowledged. */
export async function sendBatch(socket: Socket, events: readonly string[], isPacked = false): Promise<boolean> {
  const acks = acksOf.get(socket) ?? new Acks(socket)
  acksOf.set(socket, acks)
  acks.all.length = 0
  socket.write(batchOf(events, isPacked))
  return acks.reach(events.length)
}

/** Ends the connection. */
export async function hangUp(socket: Socket): Promise<void> {
  socket.end()
  await closed(socket)
}
