import { expect, test, vi } from 'vitest'
import { Failure } from '../base/failure.ts'
import type { Bus, Topic } from '../bus/bus.ts'
import type { Places } from '../topic/checkpoint.ts'
import { commitGroups } from './committed-groups.ts'

const topics = new Map([
  ['access', { topic: { name: 'access' } as Topic }],
  ['methods', { topic: { name: 'nasa.methods' } as Topic }],
])
const group = (kind: string, name: string) => (name === 'rows' ? 'consumers' : `nasa.${kind}.${name}`)
const placesAt = (offset: number): Places => ({
  queries: { methods: { offsets: { access: { 0: offset, 1: 5 } } } },
  sinks: { rows: { from: 'methods', offsets: { 0: 3 } }, gone: { from: 'no more', offsets: { 0: 1 } } },
})

test('each query and sink is a group, with the topic names of the bus; unchanged offsets are not committed again', async () => {
  const commit = vi.fn<Bus['commit']>()
  const committing = commitGroups({ commit }, () => ({ group, topics }))
  for (const offset of [7, 7, 9]) {
    committing.begin(placesAt(offset))
    await committing.settled()
  }
  expect(commit.mock.calls).toEqual([
    ['nasa.query.methods', 'access', { 0: 7, 1: 5 }],
    ['consumers', 'nasa.methods', { 0: 3 }],
    ['nasa.query.methods', 'access', { 0: 9, 1: 5 }],
  ])
})

test('after a full disk the next time commits; another failure rejects the next `settled`', async () => {
  const commit = vi.fn<Bus['commit']>()
  const committing = commitGroups({ commit }, () => ({ group, topics }))
  commit.mockRejectedValue(new Failure('full', 'no room'))
  committing.begin(placesAt(7))
  await committing.settled()
  commit.mockReset()
  committing.begin(placesAt(7))
  await committing.settled()
  expect(commit).toHaveBeenCalledTimes(2)
  commit.mockRejectedValue(new Failure('io', 'gone'))
  committing.begin(placesAt(9))
  await expect(committing.settled()).rejects.toThrow('gone')
})
