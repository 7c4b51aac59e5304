/** Files that grow while a process reads them, by pieces cut anywhere, and that are rotated at the end of a line. */
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Random } from '../../src/base/random.ts'

export type Feed = {
  /** Lets each file grow by about this number of its lines, or by all that are left. */
  grow(lines: number): void
  /** Renames one of the files; its next lines go to a new file of the old name. */
  rotate(): void
  /** The share of all lines that has come, from 0 to 1. */
  progress(): number
  /** The lines of each file that there was, in order, once all have come. */
  parts(): readonly (readonly string[])[]
}

type File = {
  readonly path: string
  readonly lines: readonly string[]
  pending: Buffer
  next: number
  parts: string[][]
}

/** Empty files that grow by the lines given for each path. */
export function openFeed(files: ReadonlyMap<string, readonly string[]>, random: Random): Feed {
  const all = [...files].map(([path, lines]): File => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, '')
    return { path, lines, pending: Buffer.alloc(0), next: 0, parts: [[]] }
  })
  let rotations = 0
  const put = (file: File, lines: number, isWhole: boolean) => {
    const some = file.lines.slice(file.next, file.next + lines)
    file.next += some.length
    file.parts.at(-1)?.push(...some)
    const bytes = Buffer.concat([file.pending, Buffer.from(some.map((line) => `${line}\n`).join(''))])
    const end = isWhole || file.next === file.lines.length ? bytes.length : random.below(bytes.length + 1)
    appendFileSync(file.path, bytes.subarray(0, end))
    file.pending = bytes.subarray(end)
  }
  return {
    grow(lines) {
      for (const file of all)
        put(file, lines >= file.lines.length ? lines : Math.round(lines * 2 * random.next()), false)
    },
    rotate() {
      const file = all[rotations % all.length]
      if (file === undefined || file.next === 0) return
      put(file, 0, true)
      renameSync(file.path, `${file.path}.${++rotations}`)
      writeFileSync(file.path, '')
      file.parts.push([])
    },
    progress: () => Math.min(...all.map(({ next, lines }) => next / lines.length)),
    parts: () => all.flatMap(({ parts }) => parts),
  }
}
