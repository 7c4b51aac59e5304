import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Failure } from '../../base/failure.ts'
import type { WholeFile } from './archive.ts'
import type { FileStore } from './file-store.ts'
import { Publishing } from './publishing.ts'

const file = (partition: number, first: number): WholeFile => ({
  home: { within: '/logs', prefix: 'out', life: 'l', partition },
  first,
  last: first,
  length: 1,
  count: 1,
  suffix: '.log',
  grown: `/scratch/${partition}-${first}`,
})

/** A store whose answers come when a test gives them. */
function heldStore() {
  const begun: string[] = []
  const held = new Map<string, PromiseWithResolvers<void>>()
  const store = {
    underWay: 2,
    publish({ home, first }: WholeFile) {
      const name = `${home.partition}-${first}`
      begun.push(name)
      const answer = Promise.withResolvers<void>()
      held.set(name, answer)
      return answer.promise
    },
  } as unknown as FileStore
  const answer = async (name: string, failure?: Failure) => {
    const { resolve, reject } = held.get(name) as PromiseWithResolvers<void>
    if (failure === undefined) resolve()
    else reject(failure)
    for (let turn = 0; turn < 5; turn++) await setImmediate()
  }
  return { store, begun, answer }
}

test('of one home a file is published after those before it; of several homes, side by side', async () => {
  const { store, begun, answer } = heldStore()
  const publishing = new Publishing(store)
  await publishing.add(file(0, 0))
  await publishing.add(file(0, 1))
  const third = publishing.add(file(1, 0))
  expect(begun).toEqual(['0-0', '1-0'])
  await answer('0-0')
  await third
  expect(begun).toEqual(['0-0', '1-0', '0-1'])
})

test('a file waits for one of its home that could not be published, and comes after it', async () => {
  const { store, begun, answer } = heldStore()
  const publishing = new Publishing(store)
  await publishing.add(file(0, 0))
  await publishing.add(file(0, 1))
  await answer('0-0', new Failure('io', 'no answer', { retryable: true }))
  expect(begun).toEqual(['0-0'])
  expect(publishing.files).toHaveLength(2)
  const again = publishing.tryAgain()
  expect(begun).toEqual(['0-0', '0-0'])
  await answer('0-0')
  expect(begun).toEqual(['0-0', '0-0', '0-1'])
  await answer('0-1')
  await again
  expect(publishing.files).toEqual([])
})
