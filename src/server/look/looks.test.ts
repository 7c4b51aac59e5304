import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { openLooks } from './looks.ts'

const never = new AbortController().signal
/** Time passes when the test says so. */
function heldClock() {
  const waiting: (() => void)[] = []
  const clock = {
    ...systemClock,
    sleep: (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        waiting.push(resolve)
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      }),
  }
  const pass = () => {
    for (const resolve of waiting.splice(0)) resolve()
  }
  return { clock, pass }
}

test('a look that hangs is given up in words and keeps its place; others go on, and later wait in vain', async () => {
  const { clock, pass } = heldClock()
  const look = openLooks(clock)
  const hanging = Promise.withResolvers<string>()
  const looks = Array.from({ length: 5 }, () => look(never, () => hanging.promise))
  const ended = Promise.allSettled(looks)
  pass()
  for (const one of await ended)
    expect(one).toMatchObject({ reason: { status: 503, message: /did not answer within 5 s/ } })
  const waits = look(never, async () => 'done')
  pass()
  await expect(waits).rejects.toMatchObject({ status: 503 })
  hanging.resolve('at last')
  await setImmediate()
  expect(await look(never, async () => 'done')).toBe('done')
})

test('a look for which nobody waits leaves its place in the queue', async () => {
  const look = openLooks(heldClock().clock)
  const hanging = Promise.withResolvers<void>()
  const looks = Array.from({ length: 4 }, () => look(never, () => hanging.promise))
  const gone = new AbortController()
  const waits = look(gone.signal, async () => expect.unreachable('nobody waits for it'))
  gone.abort()
  await expect(waits).rejects.toMatchObject({ status: 503 })
  hanging.resolve()
  await Promise.all(looks)
  expect(await look(never, async () => 'done')).toBe('done')
})
