import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import { temporaryFolder } from '../../data/data-folder.test-tool.ts'
import { type FilePrint, NO_PRINT, printOfMore, printOfPlain } from './print.ts'

test('the print of a file that is read on, in steps of any size, is that of the bytes in the file', async () => {
  const seed = 3
  const random = seededRandom(seed)
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.log')
  writeFileSync(
    path,
    Uint8Array.from({ length: 300_000 }, () => random.below(256)),
  )
  const bytes = readFileSync(path)
  const file = openSync(path, 'r')
  try {
    for (let round = 0; round < 30; round++) {
      let print: FilePrint | undefined
      for (let at = 0; at < bytes.length; ) {
        const kept = Math.min(at, random.below(300))
        const step = 1 + random.below([40, 3000, 70_000][round % 3] as number)
        const read = bytes.subarray(at - kept, at + step)
        at = Math.min(bytes.length, at + step)
        print = printOfMore(file, at, print, read)
        expect(print, `seed ${seed}, round ${round}, byte ${at}`).toEqual(printOfPlain(file, at))
        if (round % 3 === 0 && at > 9000) break
      }
    }
  } finally {
    closeSync(file)
  }
})

test('the print of no bytes is that of an empty file', () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'empty.log')
  writeFileSync(path, '')
  const fd = openSync(path, 'r')
  try {
    expect(printOfPlain(fd, 0)).toEqual(NO_PRINT)
  } finally {
    closeSync(fd)
  }
})
