/** What a person who watches a run sees of it: counts, and rows of windows that are open. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { rowsOf } from '../../src/engine/naive.test-tool.ts'
import type { RunSigns } from '../../src/run/run-options.ts'
import { accessLine, DAY } from '../access-line.ts'
import { demo } from '../cli/demo.ts'
import { folderWith } from '../cli/tailrace.ts'
import { checkedText, runInProcess } from './in-process.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const PIPELINE = `${demo('file: access.log')}  all: { from: all, ndjson: out/all.ndjson }
`.replace('sinks:', '  all: "SELECT host FROM access"\nsinks:')

const lines = (...seconds: readonly number[]) => seconds.map((second) => accessLine(DAY + second * SECOND)).join('')

/** Resolves once the claim holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await systemClock.sleep(20)
}

// Promise: looking at a run, with the rows that its open windows have so far, changes nothing of what it puts out.
test('counts and rows of open windows are told while it runs, and the rows that are put out are the same', async () => {
  const watched = async (looks: boolean) => {
    using folder = folderWith({ 'access.log': lines(1, 2, 7) })
    const stop = new AbortController()
    let signs: RunSigns | undefined
    const run = runInProcess(checkedText(PIPELINE, folder.path), {
      dataFolder: join(folder.path, 'data'),
      untilEnd: false,
      stop: stop.signal,
      show: (given) => {
        signs = given
      },
    })
    const open = () => (looks ? (signs?.openWindows('paths') ?? []) : []).flatMap((batch) => rowsOf(batch))
    await until(() => signs?.counts().lines === 3 && signs.counts().latestEvent !== null)
    if (looks) {
      await until(() => open()[0]?.[3] === 3n)
      for (let i = 0; i < 5; i++) expect(open()).toEqual([[DAY, DAY + MINUTE, '/a', 3n]])
      const seven = new Date(DAY + 7 * SECOND).toISOString()
      // The least of both partitions, of which one has only the line of second 2.
      const watermark = new Date(DAY - 3 * SECOND).toISOString()
      expect(signs?.counts()).toEqual({ lines: 3, pace: null, latestEvent: seven, watermark, late: 0, dead: 0 })
      // Without windows there is nothing to come.
      expect(signs?.openWindows('all')).toBeUndefined()
      expect(signs?.openWindows('none')).toBeUndefined()
    }
    // The third is out of order, and the fourth no line of the format.
    folder.append('access.log', `${lines(20, 70)}${lines(3)}nothing\n${lines(130)}`)
    await until(() => signs?.counts().lines === 8 && signs.counts().dead === 1)
    open()
    stop.abort()
    await run
    return folder.lines('out/paths.ndjson')
  }
  const rows = await watched(true)
  expect(rows.map((row) => JSON.parse(row).hits)).toEqual([5])
  expect(rows).toEqual(await watched(false))
})
