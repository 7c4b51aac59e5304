import { expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { CheckedReport } from '../../pipeline/checked.ts'
import type { ControlRequest } from '../../run/control/socket.ts'
import type { ServedRun } from '../../run/served/served-run.ts'
import { askedRunsOf } from './asked-runs.ts'

type Work = { readonly request: ControlRequest } & PromiseWithResolvers<unknown>

/** A run whose reports are done when a test says so. */
function served() {
  const work: Work[] = []
  const report = (request: ControlRequest) => {
    const done = Promise.withResolvers<unknown>()
    work.push({ request, ...done })
    return done.promise
  }
  // What else a run has is not asked for.
  const run = { pipeline: 'p', clock: systemClock, commands: { report } } as unknown as ServedRun
  return { work, runs: askedRunsOf(run), same: askedRunsOf(run) }
}

const wish = { report: { name: 'day' } as CheckedReport, span: { since: 0, until: 86_400_000 } }
const turn = () => new Promise(setImmediate)

test('a run with delivery has its id at once, goes on by itself, and says how it has ended', async () => {
  const { work, runs, same } = served()
  expect(same).toBe(runs)
  const first = runs.deliver(wish)
  const second = runs.deliver({ ...wish, due: 86_400_000 })
  expect([first.state, first.isDelivered, first.id === second.id]).toEqual(['waiting', true, false])
  expect(work.map(({ request }) => request)).toEqual([
    { command: 'report', name: 'day', since: 0, until: 86_400_000, due: false, id: first.id },
    { command: 'report', name: 'day', since: 0, until: 86_400_000, due: true, id: second.id },
  ])
  expect(() => runs.cancel(first)).toThrow('is not cancelled')
  work[0]?.resolve({ rows: 3, appended: 2, reached: true })
  work[1]?.reject(new Failure('limit', 'too many groups', { hint: 'Ask for fewer.' }))
  await turn()
  expect(runs.of('day')).toMatchObject([
    { id: first.id, state: 'done', done: { rows: 3, appended: 2 }, endedAt: expect.any(Number) },
    { id: second.id, state: 'failed', failure: expect.stringContaining('too many groups') },
  ])
  expect(runs.of('other')).toEqual([])
})

test('runs that wait are limited, and only the last that have ended are kept', async () => {
  const { work, runs } = served()
  const waiting = Array.from({ length: 8 }, () => runs.deliver(wish))
  expect(() => runs.deliver(wish)).toThrow('8 runs of reports wait already: day')
  for (const { resolve } of work) resolve({ rows: 0, appended: 0, reached: true })
  await turn()
  const last = runs.deliver(wish)
  expect(runs.of('day').map(({ id }) => id)).toEqual([...waiting.slice(-5), last].map(({ id }) => id))
})
