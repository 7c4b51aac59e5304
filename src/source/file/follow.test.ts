import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { type FileHandle, open, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Records } from '../../record/column.ts'
import { LineCutter } from '../../record/line-cutter.ts'
import { recordText } from '../../record/records.ts'
import { chunkPool } from '../chunk-pool.ts'
import { CHUNK_BYTES, type Followed, follow, readOn } from './follow.ts'

const folder = mkdtempSync(join(tmpdir(), 'tailrace-follow-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const textOf = (name: string, lines: number): string =>
  Array.from({ length: lines }, (_, line) => `${name} ${line}\n`).join('')

/** What a handle does, and before each read something else. */
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

test('of a file that is cut and filled anew between the look at its size and the read, nothing is taken for its rest', async () => {
  for (const lines of [3, 400]) {
    const path = join(folder, `${lines}.log`)
    await writeFile(path, textOf('old', lines))
    const taken: string[] = []
    const reading = {
      chunks: chunkPool(CHUNK_BYTES),
      signal: new AbortController().signal,
      take: async (_: Followed, lines: Records) => {
        for (let i = 0; i < lines.count; i++) taken.push(recordText(lines, i))
      },
    }
    const { dev, ino } = statSync(path, { bigint: true })
    const found = { path, whole: path, id: `${dev}:${ino}`, size: statSync(path).size, seen: '' }
    const file = follow(found, new LineCutter(1 << 20, () => undefined, 0), 0)
    expect(await readOn(file, reading)).toBe(true)
    expect(taken).toHaveLength(lines)
    const { position, print } = file

    // There is one line more, when it is looked at; when it is read, all of it is another text, and longer.
    await writeFile(path, textOf('old', lines + 1))
    const handle = file.handle ?? (await open(path))
    file.handle = withBefore(handle, async () => {
      await truncate(path)
      await writeFile(path, textOf('new', 3 * lines))
    })
    expect(await readOn(file, reading)).toBe(false)
    expect(taken).toHaveLength(lines)
    expect(file).toMatchObject({ position, print })
    await handle.close()
  }
})
