import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../data/data-folder.test-tool.ts'
import type { Records } from '../../record/column.ts'
import { recordText } from '../../record/records.ts'
import { filesPlaceBefore, type WantedLines } from './begin-at.ts'

/** A line begins with its time; one without a number has none. */
const form = {
  timeAt: (instant: number) => instant,
  firstTime(lines: Records) {
    for (let i = 0; i < lines.count; i++) {
      const found = /^\d+/.exec(recordText(lines, i))
      if (found !== null) return Number(found[0])
    }
    return undefined
  },
}

async function offsetIn(content: string | Uint8Array, wanted: WantedLines): Promise<unknown> {
  using folder = temporaryFolder()
  writeFileSync(`${folder.path}/a.log`, content)
  const { parts } = await filesPlaceBefore(['a.log'], folder.path, wanted, form)
  const place = parts[0] as { readonly offset: number; readonly done?: boolean } | undefined
  return place === undefined ? 'start' : place.done === true ? 'read' : place.offset
}

const since = (time: number): WantedLines => ({ kind: 'since', time })

test('only what comes is wanted: from behind the last line that has ended', async () => {
  expect(await offsetIn('1\n2\n3', { kind: 'to come' })).toBe(4)
  expect(await offsetIn('1', { kind: 'to come' })).toBe('start')
  expect(await offsetIn(`1\n${'x'.repeat(200_000)}`, { kind: 'to come' })).toBe(2)
  expect(await offsetIn(gzipSync('1\n2\n'), { kind: 'to come' })).toBe('read')
})

test('lines since a time are found by halving, whatever the size of the file', async () => {
  for (const count of [1, 10, 1000, 100_000]) {
    const lines = Array.from({ length: count }, (_, i) => `${i * 2} ${'x'.repeat(i % 37)}\n`)
    const content = lines.join('')
    for (const first of [0, 1, Math.floor(count / 3), count - 1]) {
      const offset = lines.slice(0, first).join('').length
      expect(await offsetIn(content, since(first * 2 - 1))).toBe(offset === 0 ? 'start' : offset)
    }
    expect(await offsetIn(content, since(count * 2))).toBe(content.length)
  }
})

test('a line without a time is of the time of those around it, and where none has one, all are read', async () => {
  expect(await offsetIn('1\n  a\n5\n  b\n9\n', since(5))).toBe(6)
  expect(await offsetIn(' none\n'.repeat(100_000), since(5))).toBe('start')
})
