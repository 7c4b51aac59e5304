/**
 * JSON documents as lines: a file that is one array of objects, `[{…}, {…}]`, or objects that are written over many lines, as `jq`
 * and `JSON.stringify(…, null, 2)` write them. Each object becomes a line.
 *
 * No byte moves: line ends within an object become blanks, which JSON takes for the same; the brackets around all of it become
 * blanks, and the commas between elements line ends. So the place of a reject is its place in the document. A string never goes on
 * behind a line end, so a quote too many spoils the lines around it, and not the rest of the document.
 */
const LF = 10
const CR = 13
const BLANK = 32
const QUOTE = 34
const COMMA = 44
const OPEN_ARRAY = 91
const BACKSLASH = 92
const CLOSE_ARRAY = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

/** U+FEFF in UTF-8. */
const MARK = [0xef, 0xbb, 0xbf]

/** Where in a document the next byte stands. */
class Lines {
  /** Containers that are open within the array around all. */
  #depth = 0
  #isInArray = false
  #isInString = false
  #isEscaped = false
  /** Whether something of a record stands in the line. */
  #hasRecord = false
  /** Bytes of the mark at the beginning that were seen; -1 behind the beginning. */
  #mark = 0

  /** Makes lines of the next bytes, in place. */
  next(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] as number
      if (this.#mark >= 0 && this.#isMark(byte)) bytes[i] = BLANK
      else if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (byte === BACKSLASH) this.#isEscaped = true
        else if (byte === QUOTE) this.#isInString = false
        if (byte === LF) this.#breakOff()
      } else if (byte === QUOTE) {
        this.#isInString = true
        this.#hasRecord = true
      } else if (byte === LF || byte === CR) bytes[i] = this.#lineEnd(byte)
      else if (byte === COMMA) {
        if (this.#depth === 0 && this.#isInArray && this.#hasRecord) bytes[i] = this.#ended(LF)
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) bytes[i] = this.#open(byte)
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) bytes[i] = this.#close(byte)
      else if (byte > BLANK) this.#hasRecord = true
    }
  }

  /** Whether a byte is one of the mark with which some programs begin a file. */
  #isMark(byte: number): boolean {
    const isNext = byte === MARK[this.#mark]
    this.#mark = isNext ? this.#mark + 1 : -1
    return isNext
  }

  #breakOff(): void {
    this.#isInString = false
    this.#isEscaped = false
    this.#depth = 0
    this.#hasRecord = false
  }

  #lineEnd(byte: number): number {
    const isEnd = byte === LF && this.#depth === 0 && !this.#isInArray && this.#hasRecord
    return isEnd ? this.#ended(LF) : BLANK
  }

  #open(byte: number): number {
    if (byte === OPEN_ARRAY && this.#depth === 0 && !this.#isInArray && !this.#hasRecord) {
      this.#isInArray = true
      return BLANK
    }
    this.#depth++
    this.#hasRecord = true
    return byte
  }

  #close(byte: number): number {
    if (this.#depth > 0) {
      this.#depth--
      return byte
    }
    if (byte === CLOSE_OBJECT || !this.#isInArray) {
      this.#hasRecord = true
      return byte
    }
    this.#isInArray = false
    return this.#ended(this.#hasRecord ? LF : BLANK)
  }

  #ended(byte: number): number {
    this.#hasRecord = false
    return byte
  }
}

/** The lines of the first bytes of a document. */
export function documentHead(bytes: Uint8Array): Uint8Array {
  const lines = new Uint8Array(bytes)
  new Lines().next(lines)
  return lines.subarray(0, endOfText(lines))
}

/** The lines of a document that comes in pieces. */
export async function* documentLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const lines = new Lines()
  // Blanks and line ends behind the last text, which are left out at the end of the document.
  let blanks: Uint8Array[] = []
  for await (const piece of pieces) {
    // `slice` of a Buffer would not copy.
    const own = new Uint8Array(piece)
    lines.next(own)
    const end = endOfText(own)
    if (end > 0) {
      yield* blanks
      blanks = []
      yield own.subarray(0, end)
    }
    if (end < own.length) blanks.push(own.subarray(end))
  }
}

/** The position behind the last byte that is not blank. */
function endOfText(bytes: Uint8Array): number {
  let end = bytes.length
  while (end > 0 && (bytes[end - 1] as number) <= BLANK) end--
  return end
}

/** An array that begins with an object, or an object. */
const OBJECT = /^(?:\ufeff|\u00ef\u00bb\u00bf)?\s*(?:(\[)\s*(?:[{\]]|$)|\{)/
/** The most bytes by which a document is recognised. */
export const DOCUMENT_HEAD: number = 64 << 10

/**
 * Whether a text that begins so is a document: an array of objects, or an object whose first line does not hold all of it. A line
 * that was cut off is no document: the next one would have to go on with it.
 */
export function beginsDocument(head: Uint8Array): boolean {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, DOCUMENT_HEAD)).toString('latin1')
  const [found, bracket] = OBJECT.exec(text) ?? []
  if (found === undefined) return false
  if (bracket === undefined && isWhole(text.split('\n', 1)[0] ?? '')) return false
  const lines = Buffer.from(documentHead(Buffer.from(text, 'latin1'))).toString('latin1')
  const end = lines.indexOf('\n')
  if (end >= 0) return isWhole(lines.slice(0, end))
  return bracket !== undefined || isWhole(lines) || /^[^\n]*\n\s*["}]/.test(text)
}

/** Whether a line is an object. */
function isWhole(line: string): boolean {
  try {
    return /^\s*\{/.test(line) && typeof JSON.parse(line) === 'object'
  } catch {
    return false
  }
}
