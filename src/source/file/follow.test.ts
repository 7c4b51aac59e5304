import { statSync } from 'node:fs'
import { type FileHandle, open, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder } from '../../../test/contract/folder.ts'
import { textsOf } from '../../../test/contract/source.ts'
import { assert } from '../../base/assert.ts'
import type { Records } from '../../record/column.ts'
import { LineCutter } from '../../record/line-cutter.ts'
import { readBufferPool } from '../read-buffer.ts'
import { begin, fileOf, type Generation } from './follow.ts'
import { READ_BYTES, readOn } from './read.ts'

const linesNamed = (name: string, lines: number): string =>
  Array.from({ length: lines }, (_, line) => `${name} ${line}\n`).join('')

/** The same handle, which calls `before` before each read. */
const withBefore = (handle: FileHandle, before: () => Promise<void>): FileHandle =>
  new Proxy(handle, {
    get(target, key) {
      if (key === 'read') {
        return async (...args: Parameters<FileHandle['read']>) => {
          await before()
          return target.read(...args)
        }
      }
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

test('nothing is read on in a file that is cut and filled anew between the look at its size and the read', async () => {
  for (const lines of [3, 400]) {
    const path = join(await makeFolder(), 'a.log')
    await writeFile(path, linesNamed('old', lines))
    const taken: string[] = []
    const reading = {
      buffers: readBufferPool(READ_BYTES),
      readBytes: READ_BYTES,
      signal: new AbortController().signal,
      take: async (_: Generation, records: Records) => void taken.push(...textsOf(records)),
    }
    const { dev, ino } = statSync(path, { bigint: true })
    const found = { path, whole: path, id: `${dev}:${ino}`, size: statSync(path).size, changed: 0, seen: '' }
    const generation = begin(found, new LineCutter(1 << 20, () => undefined, 0), 0)
    const file = fileOf(generation)
    assert(file !== undefined && file.packing === undefined, 'it is a plain file')
    expect(await readOn(generation, file, reading)).toBe(true)
    expect(taken).toHaveLength(lines)
    const { position, print } = generation

    // When it is looked at, it has one line more; when it is read, all of its lines are others, and it is longer.
    await writeFile(path, linesNamed('old', lines + 1))
    const handle = file.handle ?? (await open(path))
    file.handle = withBefore(handle, async () => {
      await truncate(path)
      await writeFile(path, linesNamed('new', 3 * lines))
    })
    expect(await readOn(generation, file, reading)).toBe(false)
    expect(taken).toHaveLength(lines)
    expect(generation).toMatchObject({ position, print })
    await handle.close()
  }
})
