import { expect, test } from 'vitest'
import { openGate } from './gate.ts'

/** Whether a promise has settled by the next turn of the event loop. */
const isSettled = (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))])

// Promise results-wait: Rows of a query and dead letters that are not yet durable are limited; the query waits.
// Holds in-flight.
test('work beyond the limit is waited for, until enough of it is done', async () => {
  const gate = openGate(10)
  const [small, large] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  gate.add(4, small.promise)
  expect(await isSettled(gate.room())).toBe(true)
  gate.add(6, large.promise)
  const room = gate.room()
  expect(await isSettled(room)).toBe(false)
  small.resolve()
  await room
  expect([gate.isIdle(), await isSettled(gate.settled())]).toEqual([false, false])
  large.resolve()
  await gate.settled()
  expect(gate.isIdle()).toBe(true)
})

test('after a failure every wait rejects with it', async () => {
  const gate = openGate(1)
  gate.add(5, Promise.reject(new Error('no room')))
  await expect(gate.room()).rejects.toThrow('no room')
  await expect(gate.settled()).rejects.toThrow('no room')
})
