/** The first event time of a file that is not read yet, so that files are read in the order of time. */
import { open } from 'node:fs/promises'
import { LineCutter } from '../../record/line-cutter.ts'
import type { LineForm } from '../source.ts'
import type { FoundFile } from './find.ts'
import { kindOfFile, readPacked } from './packed.ts'

/** How much of the head of a file is read for its first time: little at first, as thousands of files may be met at once. */
const HEAD_BYTES = [4 << 10, 256 << 10] as const
const MAX_KEPT = 20_000

/** Finds first times, and keeps them while files stay as they were. */
export class FirstTimes {
  readonly #form: LineForm | undefined
  readonly #known = new Map<string, { readonly seen: string; readonly time: number | undefined }>()

  constructor(form: LineForm | undefined) {
    this.#form = form
  }

  /** The first event time of each file, as `LineForm.firstTime` gives it; undefined where it has none, or cannot be read. */
  async of(files: readonly FoundFile[]): Promise<(file: FoundFile) => number | undefined> {
    const form = this.#form
    if (form?.hasTime !== true) return () => undefined
    const times = new Map<FoundFile, number | undefined>()
    for (const file of files) {
      const known = this.#known.get(file.id)
      const time = known?.seen === file.seen ? known.time : await firstTimeIn(file, form)
      if (this.#known.size >= MAX_KEPT) this.#known.clear()
      this.#known.set(file.id, { seen: file.seen, time })
      times.set(file, time)
    }
    return (file) => times.get(file)
  }
}

async function firstTimeIn(file: FoundFile, form: LineForm): Promise<number | undefined> {
  for (const most of HEAD_BYTES) {
    const head = await headOf(file, most).catch(() => undefined)
    if (head === undefined) return undefined
    const cutter = new LineCutter(most, () => {}, 0, form)
    const lines = cutter.lines(cutter.add(head))
    const isWhole = head.length < most
    const time = form.firstTime(lines) ?? (isWhole ? form.firstTime(cutter.lines(cutter.rest())) : undefined)
    if (time !== undefined || isWhole) return time
  }
  return undefined
}

async function headOf({ path, whole, id }: FoundFile, most: number): Promise<Uint8Array> {
  await using handle = await open(whole)
  const kind = await kindOfFile(handle)
  const head = new Uint8Array(most)
  if (kind?.kind !== 'packed') return head.subarray(0, (await handle.read(head, 0, most, 0)).bytesRead)
  let length = 0
  for await (const piece of readPacked({ path: whole, name: path, packing: kind.packing, id }, 0, { fault() {} })) {
    const taken = piece.subarray(0, most - length)
    head.set(taken, length)
    length += taken.length
    if (length === most) break
  }
  return head.subarray(0, length)
}
