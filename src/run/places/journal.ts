/**
 * The journal of a source with many inputs, `DATA/places/TOPIC/SOURCE`: how far it had read each, so that an append needs to
 * carry only what has changed since. One step is one line, of JSON with a checksum before it:
 *
 *   CRC32C {"since":1782000000000,"step":3,"taken":[120,118],"line":240,"next":7,"parts":{"6":{…},"2":null},"ahead":{}}
 *
 *   since, step   which journal it is, and the number of the step; the first line of the file has every input
 *   taken         for each partition, the `line` of the source's last append to it: 0 where there was none
 *   parts         the inputs that have changed since the step before; null: one that has ended
 *   ahead         of partitions that have more lines of an input than `parts` says, as after a crash; null: all of them
 *
 * Invariant: a step is written only when every append of the source is durable, and no append follows before the step is. So
 * in each partition the last append either is the one of `taken`, or names the last step that is whole.
 */
import { crc32c } from '@node-rs/crc32'
import { type Disk, isThere, readWhole, replaceFile } from '../../base/disk.ts'
import { Failure } from '../../base/failure.ts'

/** The place of an input. What else it has is the source's own business. */
export type PartPlace = { readonly line: number }
export type InputParts = { readonly [input: string]: PartPlace | null }

export type JournalStep = {
  readonly since: number
  readonly step: number
  readonly taken: readonly number[]
  readonly line: number
  readonly next: number
  readonly parts: InputParts
  readonly ahead: { readonly [partition: string]: InputParts }
}

/** All steps of a journal as one. `isTorn`: the last line is not whole, as a crash leaves it. */
export type Folded = { readonly base: JournalStep; readonly isTorn: boolean }

/** The parts after a change. */
export function changedParts(before: InputParts, change: InputParts): InputParts {
  const parts: { [input: string]: PartPlace | null } = { ...before }
  putParts(parts, change)
  return parts
}

/** All steps of a journal as one; undefined where there is none. Throws a Failure 'corrupt' for damage. */
export function readJournal(disk: Disk, path: string): Folded | undefined {
  if (!isThere(disk, path)) return undefined
  const lines = Buffer.from(readWhole(disk, path) ?? [])
    .toString()
    .split('\n')
  let isTorn = lines.pop() !== ''
  let base: JournalStep | undefined
  const parts: { [input: string]: PartPlace | null } = {}
  for (const [index, line] of lines.entries()) {
    const step = stepOf(line)
    // A power cut may have kept the end of a step and not its beginning.
    isTorn ||= step === undefined && index > 0 && index === lines.length - 1
    if (step === undefined && isTorn) break
    if (step === undefined || (base !== undefined && step.step !== base.step + 1)) {
      throw new Failure('corrupt', `${path} is damaged in line ${index + 1}`, { hint: ADVICE })
    }
    putParts(parts, step.parts)
    base = { ...step, parts }
  }
  return base && { base, isTorn }
}

/** Writes steps to the journal of one source. While a Failure 'full' is thrown, the same call may be repeated. */
export class JournalWriter {
  readonly #disk: Disk
  readonly #path: string
  #bytes = 0

  constructor(disk: Disk, path: string) {
    this.#disk = disk
    this.#path = path
  }

  /** The bytes that the journal has by now; 0 before it was begun. */
  get bytes(): number {
    return this.#bytes
  }

  /** Begins the journal anew with a step that has every input. It replaces what was there in one move. */
  async begin(step: JournalStep): Promise<void> {
    const line = lineOf(step)
    await this.#disk.mkdir(this.#path.slice(0, this.#path.lastIndexOf('/')))
    await replaceFile(this.#disk, this.#path, line)
    this.#bytes = line.length
  }

  /** Adds a step, durably. */
  async add(step: JournalStep): Promise<void> {
    const line = lineOf(step)
    const file = this.#disk.open(this.#path, 'write')
    try {
      file.write([line], this.#bytes)
      await file.sync()
    } finally {
      file.close()
    }
    this.#bytes += line.length
  }
}

/** What to do where a journal cannot be used. */
export const ADVICE = 'Put back a copy of the whole data folder, or move it away to start anew.'

function putParts(parts: { [input: string]: PartPlace | null }, change: InputParts): void {
  for (const [input, part] of Object.entries(change)) {
    if (part === null) delete parts[input]
    else parts[input] = part
  }
}

function lineOf(step: JournalStep): Uint8Array {
  const text = JSON.stringify(step)
  return Buffer.from(`${checksum(text)} ${text}\n`)
}

function stepOf(line: string): JournalStep | undefined {
  const text = line.slice(9)
  return line.slice(0, 9) === `${checksum(text)} ` ? (JSON.parse(text) as JournalStep) : undefined
}

const checksum = (text: string): string => crc32c(text).toString(16).padStart(8, '0')
