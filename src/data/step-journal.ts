/**
 * A journal of steps: a file of lines, each a step as JSON with a checksum before it. The steps are numbered one by one; the
 * first line has what all steps before it have said.
 *
 *   CRC32C {"step":3,…}
 *
 * A crash leaves at most the last line torn, which is then as if it had not been written.
 */
import { changeFile, type Disk, folderOf, isThere, readWhole, replaceFile } from '../base/disk/disk.ts'
import { Failure } from '../base/failure.ts'
import { checksumOf } from './checked-json.ts'

export type Numbered = { readonly step: number }

/** The Failure for a journal that cannot be used: `journal` says which, and `what` is wrong with it. */
export const unfitJournal = (journal: string, what: string): Failure =>
  new Failure('corrupt', `${journal} ${what}`, {
    hint: 'Put back a copy of the whole data folder, or move it away to start anew.',
  })

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
      throw unfitJournal(path, `is damaged in line ${index + 1}`)
    }
    steps.push(step)
  }
  return steps.length === 0 ? undefined : steps
}

/** How long a journal may grow: to `bytes`, and to `times` times what it began with. */
export type Growth = { readonly bytes: number; readonly times: number }

/** Writes steps to one journal. While a Failure 'full' is thrown, the same call may be repeated. */
export class StepWriter<Step extends Numbered> {
  readonly #disk: Disk
  readonly #path: string
  readonly #growth: Growth
  #bytes = 0
  #firstBytes = 0

  constructor(disk: Disk, path: string, growth: Growth) {
    this.#disk = disk
    this.#path = path
    this.#growth = growth
  }

  /** Whether the next step is to have everything: this writer has not begun the journal, or it has grown as long as it may. */
  get isLong(): boolean {
    const { bytes, times } = this.#growth
    return this.#bytes === 0 || this.#bytes > Math.max(bytes, times * this.#firstBytes)
  }

  /** Begins the journal anew with a step that has everything. It replaces what was there in one move. */
  async begin(step: Step): Promise<void> {
    const line = lineOf(step)
    await this.#disk.mkdir(folderOf(this.#path))
    await replaceFile(this.#disk, this.#path, line)
    this.#bytes = line.length
    this.#firstBytes = line.length
  }

  /** Adds a step, durably. */
  async add(step: Step): Promise<void> {
    const line = lineOf(step)
    await changeFile(this.#disk, this.#path, (file) => file.write([line], this.#bytes))
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
