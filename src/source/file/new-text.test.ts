/** A new text in the place of one that was read, which begins with the same bytes: it is read from its start. */
import { appendFile, copyFile, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { makeFolder } from '../../../test/contract/folder.ts'
import { linesOf, runSource } from '../../../test/contract/source.ts'
import { file } from './file.ts'
import { follow, idle } from './follow.test-tool.ts'

const SHORT = 'backup ok\n'
/** More than 1 KiB, so that a copy is recognised. */
const LONG = Array.from({ length: 300 }, (_, i) => `${1000 + i}\n`).join('')

type StepOn = (path: string) => Promise<unknown>
const look: StepOn = async () => {}

/** How many lines come of `a.log` with this text, when these steps are taken, with a look after each. */
async function followed(text: string, pattern: string, steps: readonly StepOn[]) {
  const folder = await makeFolder({ 'a.log': text })
  const warnings: string[] = []
  const taken = steps.map((step) => () => step(join(folder, 'a.log')))
  const options = { path: pattern, rotate_wait: '1s' }
  const all = await follow(folder, options, [...taken, ...idle(15)], { warnings })
  return { lines: linesOf(all).length, warnings }
}

const replaced =
  'a.log was replaced by a file that begins with all that was read of it: only what comes behind is read. If it is a new text, its beginning is lost'

// Promise: A file that was seen empty is read from its start, even if it gets the text that it had.
test.each(['a.log', 'a.log*'])('%s is emptied, and gets the same text again', async (pattern) => {
  for (const text of [SHORT, LONG]) {
    const count = text.split('\n').length - 1
    for (const isCopied of [true, false]) {
      const steps: StepOn[] = [
        async (path) => {
          if (isCopied) await copyFile(path, `${path}.1`)
          await truncate(path)
        },
        ...idle(2),
        (path) => appendFile(path, text),
      ]
      expect(await followed(text, pattern, steps)).toMatchObject({ lines: 2 * count })
    }
  }
})

// Promise: A new file under the name of one that was renamed or removed is read from its start, even if it begins alike.
test.each(['a.log', 'a.log*'])('%s is renamed, packed or removed, and a new file begins alike', async (pattern) => {
  for (const text of [SHORT, LONG]) {
    const count = text.split('\n').length - 1
    const begun = (path: string) => writeFile(path, `${text}more\n`)
    const ways: readonly (readonly StepOn[])[] = [
      [
        async (path) => {
          await rename(path, `${path}.1`)
          await writeFile(path, '')
        },
        look,
        begun,
      ],
      [
        async (path) => {
          await rename(path, `${path}.1`)
          await begun(path)
        },
      ],
      [
        async (path) => {
          await writeFile(`${path}.1.gz`, gzipSync(await readFile(path)))
          await writeFile(`${path}.new`, `${text}more\n`)
          await rename(`${path}.new`, path)
        },
      ],
      [(path) => rm(path), look, begun],
    ]
    for (const [way, steps] of ways.entries()) {
      expect({ way, ...(await followed(text, pattern, steps)) }).toMatchObject({ way, lines: 2 * count + 1 })
    }
  }
})

test('a file that is replaced between two looks by one that begins alike goes on, and what may be lost is said', async () => {
  const replace: StepOn = async (path) => {
    await writeFile(`${path}.new`, `${LONG}more\n`)
    await rename(`${path}.new`, path)
  }
  expect(await followed(LONG, 'a.log', [replace])).toEqual({ lines: 301, warnings: [replaced] })
})

test('rotated while nothing ran: a new file that begins alike is read from its start', async () => {
  for (const text of [SHORT, LONG]) {
    for (const isPacked of [false, true]) {
      const folder = await makeFolder({ 'a.log': text })
      const path = join(folder, 'a.log')
      const first = await runSource(file, 'a.log', { folder })
      await rename(path, `${path}.1`)
      await writeFile(path, text)
      if (isPacked) {
        await writeFile(`${path}.1.gz`, gzipSync(text))
        await rm(`${path}.1`)
      }
      const again = await runSource(file, 'a.log', { folder, place: first.at(-1)?.place })
      expect(linesOf(again)).toEqual(linesOf(first))
    }
  }
})
