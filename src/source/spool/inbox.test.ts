import { appendFile, mkdir, rename, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeFolder } from '../../../test/contract/folder.ts'
import { linesOf } from '../../../test/contract/source.ts'
import type { Failure } from '../../base/failure.ts'
import { namesIn, takeAll, watch } from './spool.test-tool.ts'

describe('files that are not finished', () => {
  test('a file is taken once it has not changed for `settle`', async () => {
    const folder = await makeFolder({ 'a.log': 'half' })
    const path = join(folder, 'a.log')
    const idle = async () => {}
    const taken: number[] = []
    const steps = [idle, () => appendFile(path, ' and'), idle, idle, idle, idle].map((step, i) => async () => {
      taken.push((await namesIn(folder)).includes('a.log') ? i : -i)
      await step()
    })
    expect(linesOf(await watch(folder, { settle: '1s', poll: '500ms' }, steps))).toEqual(['half and'])
    // Met at 0 ms, seen to change at 1000 ms, settled at 2000 ms.
    expect(taken).toEqual([0, 1, 2, 3, -4, -5])
  })

  test('one that has an old time of change is taken at once, and a run to the end waits for the others', async () => {
    const folder = await makeFolder({ 'a.log': 'old', 'b.log': 'new' })
    const now = 1_800_000_000_000
    await utimes(join(folder, 'a.log'), 0, now / 1000 - 60)
    await utimes(join(folder, 'b.log'), 0, now / 1000)
    let elapsed = 0
    const slept: number[] = []
    const clock = {
      now: () => now + elapsed,
      elapsed: () => elapsed,
      sleep: async (milliseconds: number) => {
        elapsed += milliseconds
        slept.push(elapsed)
      },
    }
    const at: string[] = []
    const onDelivery = ({ lines }: { readonly lines: readonly string[] }) => void at.push(`${lines} at ${elapsed}`)
    await takeAll(folder, { settle: '2s' }, { clock, onDelivery })
    expect(at).toEqual(['old at 0', 'new at 2000'])
  })

  test('the source is not at rest while one is there', async () => {
    const folder = await makeFolder({ 'a.log': 'one', 'b.log': 'two', 'c.tmp': 'never' })
    await utimes(join(folder, 'a.log'), 0, 0)
    const resting: (boolean | undefined)[] = []
    let source: { atRest?(): boolean } | undefined
    const steps = Array.from({ length: 5 }, () => async () => resting.push(source?.atRest?.()))
    await watch(folder, { settle: '1s' }, steps, {
      onDelivery(_, from) {
        source = from
      },
    })
    // The second file was met at 0 ms.
    expect(resting).toEqual([false, false, true, true, true])
  })
})

test('order: of name, or of the time of change', async () => {
  const files = { 'b.log': 'b', 'a.log': 'a', 'c.log': 'c' }
  const folder = await makeFolder(files)
  for (const [i, name] of ['c.log', 'b.log', 'a.log'].entries()) await utimes(join(folder, name), 0, 1000 + i)
  expect(linesOf(await takeAll(folder, { done: 'keep' }))).toEqual(['a', 'b', 'c'])
  expect(linesOf(await takeAll(folder, { done: 'keep', order: 'mtime' }))).toEqual(['c', 'b', 'a'])
})

test('a folder that is away is waited for, and its files are not gone', async () => {
  const folder = await makeFolder()
  const [there, away] = [join(folder, 'in'), join(folder, 'away')]
  await mkdir(there)
  for (const name of ['a.log', 'b.log']) await writeFile(join(there, name), `${name} 1\n${name} 2\n`)
  const options = { folder: 'in' }
  const said: (Failure | undefined)[] = []
  const messages = () => said.map((failure) => failure?.message)
  const warnings: string[] = []
  const steps = [() => rename(there, away), async () => {}, () => rename(away, there), async () => {}]
  const all = await watch(folder, options, steps, { warnings, unreachable: said })
  expect(linesOf(all)).toEqual(['a.log 1', 'a.log 2', 'b.log 1', 'b.log 2'])
  const gone = `its folder: no such file: ${there}`
  // It is said at each look; the first was good.
  expect(messages().filter((one, i, all) => one !== all[i - 1])).toEqual([gone, undefined])
  const place = {
    line: 1,
    at: { first: 0, position: 8 },
    taken: [{ name: 'c.log', id: '1:1', seen: '', print: '', first: 0 }],
  }
  await rename(there, away)
  said.length = 0
  const waiting = await watch(folder, options, [async () => {}, () => rename(away, there)], {
    place,
    warnings,
    unreachable: said,
  })
  expect(linesOf(waiting)).toEqual([])
  expect(messages()).toEqual([gone, gone, undefined, undefined])
  expect(warnings.at(-1)).toBe('in/c.log is gone, and only a part of it was in the topic: the rest is lost')
})
