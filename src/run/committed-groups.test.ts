import { expect, test } from 'vitest'
import { Failure } from '../base/failure.ts'
import type { Offsets, Topic } from '../bus/bus.ts'
import type { Places } from '../topic/checkpoint.ts'
import { commitGroups } from './committed-groups.ts'

const topics = new Map(
  [
    ['access', 'access'],
    ['methods', 'nasa.methods'],
  ].map(([name = '', topic = '']) => [name, { topic: { name: topic } as Topic }]),
)
const placesAt = (offset: number): Places => ({
  queries: { methods: { offsets: { access: { 0: offset, 1: 5 } } } },
  sinks: { rows: { from: 'methods', offsets: { 0: 3 } }, gone: { from: 'no more', offsets: { 0: 1 } } },
})

function recordingBus() {
  const commits: unknown[] = []
  let failure: Failure | undefined
  const commit = async (group: string, topic: string, offsets: Offsets) => {
    if (failure !== undefined) throw failure
    commits.push([group, topic, offsets])
  }
  const refuse = (why: Failure | undefined) => {
    failure = why
  }
  return { bus: { commit }, commits, refuse }
}

test('each query and sink is a group, with the topic names of the bus; unchanged offsets are not committed again', async () => {
  const { bus, commits } = recordingBus()
  const committing = commitGroups(bus, () => ({ name: 'nasa', topics }))
  for (const offset of [7, 7, 9]) {
    committing.begin(placesAt(offset))
    await committing.settled()
  }
  expect(commits).toEqual([
    ['nasa.query.methods', 'access', { 0: 7, 1: 5 }],
    ['nasa.sink.rows', 'nasa.methods', { 0: 3 }],
    ['nasa.query.methods', 'access', { 0: 9, 1: 5 }],
  ])
})

test('after a full disk the next time commits; another failure rejects the next `settled`', async () => {
  const { bus, commits, refuse } = recordingBus()
  const committing = commitGroups(bus, () => ({ name: 'nasa', topics }))
  refuse(new Failure('full', 'no room'))
  committing.begin(placesAt(7))
  await committing.settled()
  refuse(undefined)
  committing.begin(placesAt(7))
  await committing.settled()
  expect(commits).toHaveLength(2)
  refuse(new Failure('io', 'gone'))
  committing.begin(placesAt(9))
  await expect(committing.settled()).rejects.toThrow('gone')
})
