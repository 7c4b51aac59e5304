/**
 * A journal of steps: a file of lines, each a step as JSON with a checksum before it. The steps are numbered one by one; the
 * first line has what all steps before it have said.
 *
 *   CRC32C {"step":3,…}
 *
 * A crash leaves at most the last line torn, which is then as if it had not been written.
 */
import { type Disk, isThere, readWhole, replaceFile } from '../base/disk.ts'
import { Failure } from '../base/failure.ts'
import { checksumOf } from './checked-json.ts'

export type Numbered = { readonly step: number }

/** What to do where a journal cannot be used. */
export const ADVICE = 'Put back a copy of the whole data folder, or move it away to start anew.'

/** The steps of a journal; undefined where there is none. Throws a Failure 'corrupt' for damage. */
export function readSteps<Step extends Numbered>(disk: Disk, path: string): readonly Step[] | undefined {
  if (!isThere(disk, path)) return undefined
  const lines = Buffer.from(readWhole(disk, path) ?? [])
    .toString()
    .split('\n')
  const isCut = lines.pop() !== ''
  const steps: Step[] = []
  for (const [index, line] of lines.entries()) {
    const step = stepOf<Step>(line)
    // A power cut may have kept the end of a step and not its beginning.
    if (step === undefined && index > 0 && index === lines.length - 1 && !isCut) break
    const last = steps.at(-1)
    if (step === undefined || (last !== undefined && step.step !== last.step + 1)) {
      throw new Failure('corrupt', `${path} is damaged in line ${index + 1}`, { hint: ADVICE })
    }
    steps.push(step)
  }
  return steps.length === 0 ? undefined : steps
}

/** Writes steps to one journal. While a Failure 'full' is thrown, the same call may be repeated. */
export class StepWriter<Step extends Numbered> {
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

  /** Begins the journal anew with a step that has everything. It replaces what was there in one move. */
  async begin(step: Step): Promise<void> {
    const line = lineOf(step)
    await this.#disk.mkdir(this.#path.slice(0, this.#path.lastIndexOf('/')))
    await replaceFile(this.#disk, this.#path, line)
    this.#bytes = line.length
  }

  /** Adds a step, durably. */
  async add(step: Step): Promise<void> {
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

function lineOf(step: Numbered): Uint8Array {
  const text = JSON.stringify(step)
  return Buffer.from(`${checksumOf(text)} ${text}\n`)
}

function stepOf<Step extends Numbered>(line: string): Step | undefined {
  const text = line.slice(9)
  return line.slice(0, 9) === `${checksumOf(text)} ` ? (JSON.parse(text) as Step) : undefined
}
