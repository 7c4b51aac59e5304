/**
 * The bytes of a stream that a parser has not used yet, kept until more come. A frame that comes byte by byte is not copied for
 * each of its bytes: the room for it doubles.
 */

const NOTHING = new Uint8Array(0)

/** The bytes of one stream. */
export class Unread {
  #room = NOTHING
  #length = 0

  /** How many bytes are kept. */
  get length(): number {
    return this.#length
  }

  /** What is kept, followed by the chunk: the chunk itself where nothing is kept. Valid until the next call. */
  with(chunk: Uint8Array): Uint8Array {
    if (this.#length === 0) return chunk
    const length = this.#length + chunk.length
    if (this.#room.length < length) {
      const room = new Uint8Array(2 * length)
      room.set(this.#room.subarray(0, this.#length))
      this.#room = room
    }
    this.#room.set(chunk, this.#length)
    return this.#room.subarray(0, length)
  }

  /** Keeps what `with` has just given, from `from` on. */
  keep(bytes: Uint8Array, from: number): void {
    const isInRoom = bytes.buffer === this.#room.buffer
    this.#length = bytes.length - from
    if (isInRoom && from === 0) return
    // A copy, as the rest of a large chunk would otherwise be held for a few bytes.
    this.#room = this.#length === 0 ? NOTHING : bytes.slice(from)
  }

  /** Keeps nothing. */
  clear(): void {
    this.#room = NOTHING
    this.#length = 0
  }
}
