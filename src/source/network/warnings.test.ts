import { expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { PacedWarnings } from './warnings.ts'

test('of each kind one warning is shown at once, and the others are counted until the next is due', async () => {
  let elapsed = 0
  let wake = () => {}
  const shown: string[] = []
  const sleep = (_: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      wake = resolve
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
  const warnings = new PacedWarnings({
    clock: { ...systemClock, elapsed: () => elapsed, sleep },
    warn: (message) => shown.push(message),
  })
  const shownSince = () => shown.splice(0)
  {
    await using _ = warnings.begin()
    for (let i = 1; i <= 5; i++) warnings.say('a', `a${i}`)
    warnings.say('b', 'b1')
    expect(shownSince()).toEqual(['a1', 'b1'])
    elapsed = 10_000
    wake()
    await new Promise(setImmediate)
    expect(shownSince()).toEqual(['a5 (and 3 more like it)'])
    warnings.say('a', 'a6')
    expect(shownSince()).toEqual([])
    elapsed = 20_000
    warnings.say('b', 'b2')
    expect(shownSince()).toEqual(['b2'])
  }
  expect(shownSince()).toEqual(['a6'])
})
