/** Bytes that come in pieces, taken in other pieces: a few of them to look at, and back again what was not used. */
export class Feed {
  readonly #pieces: AsyncIterator<Uint8Array>
  #held: Uint8Array = new Uint8Array(0)
  #isEnded = false
  /** How many bytes were taken. */
  taken = 0

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]()
  }

  /** Up to `most` bytes; undefined at the end. */
  async next(most: number = Number.POSITIVE_INFINITY): Promise<Uint8Array | undefined> {
    if (!(await this.#fill(1))) return undefined
    const piece = this.#held.subarray(0, most)
    this.#held = this.#held.subarray(piece.length)
    this.taken += piece.length
    return piece
  }

  /** The next `count` bytes, which are not taken; fewer at the end. They are valid until the next call. */
  async peek(count: number): Promise<Uint8Array> {
    await this.#fill(count)
    return this.#held.subarray(0, count)
  }

  /** Up to `most` bytes of what has come already and is not taken. */
  held(most: number): Uint8Array {
    return this.#held.subarray(0, most)
  }

  /** Takes `count` bytes; false where there are fewer. */
  async skip(count: number): Promise<boolean> {
    let left = count
    while (left > 0) {
      const piece = await this.next(left)
      if (piece === undefined) return false
      left -= piece.length
    }
    return true
  }

  /** Gives back the last bytes that were taken. */
  unread(bytes: Uint8Array): void {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([bytes, this.#held])
    this.taken -= bytes.length
  }

  /** All that comes from here on, in the pieces in which it comes. Closing it closes the input. */
  async *rest(): AsyncGenerator<Uint8Array> {
    try {
      for (let piece = await this.next(); piece !== undefined; piece = await this.next()) yield piece
    } finally {
      await this.close()
    }
  }

  /** Reads no more. */
  async close(): Promise<void> {
    this.#isEnded = true
    await this.#pieces.return?.()
  }

  async #fill(count: number): Promise<boolean> {
    if (this.#held.length >= count || this.#isEnded) return this.#held.length >= count
    const pieces = this.#held.length === 0 ? [] : [this.#held]
    let length = this.#held.length
    while (length < count && !this.#isEnded) {
      const next = await this.#pieces.next()
      if (next.done === true) this.#isEnded = true
      else pieces.push(next.value)
      length += next.value?.length ?? 0
    }
    this.#held = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces)
    return length >= count
  }
}
