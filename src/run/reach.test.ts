import { expect, test } from 'vitest'
import { Failure } from '../base/failure.ts'
import { jumpingClock } from '../base/jumping-clock.test-tool.ts'
import { openReach, type ReachListener } from './reach.ts'

test('a source that cannot be reached is said once, with its first reason, and once when it is over', () => {
  const clock = jumpingClock()
  const reach = openReach(clock)
  const heard: Parameters<ReachListener>[] = []
  const listening = reach.listen((...change) => void heard.push(change))
  expect(reach.note('api', undefined)).toBeUndefined()
  clock.at = 5000
  expect(reach.note('api', new Failure('io', 'it is down', { hint: 'is it up?' }))).toBe(
    'it is down (is it up?); it is tried again until that works',
  )
  clock.at = 65_000
  expect(reach.note('api', new Failure('io', 'it is slow'))).toBeUndefined()
  expect(reach.of('api')).toEqual({ text: 'it is slow', since: 5000, attempts: 2 })
  expect(reach.note('api', undefined)).toBe('it can be read again, after 1 min')
  expect(reach.note('api', undefined)).toBeUndefined()
  expect(heard).toEqual([
    ['api', { text: 'it is down', since: 5000, attempts: 1 }],
    ['api', undefined],
  ])
  reach.note('api', new Failure('io', 'it is down'))
  reach.forget('api')
  expect(reach.of('api')).toBeUndefined()
  expect(heard.at(-1)).toEqual(['api', 'gone'])
  listening[Symbol.dispose]()
  reach.note('api', new Failure('io', 'it is down'))
  expect(heard).toHaveLength(4)
})
