import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { folderWith } from '../../test/cli/tailrace.ts'
import { systemClock } from '../base/clock.ts'
import { openTurns } from '../base/turns.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import type { Reload } from '../run/run-options.ts'
import { openReloader } from './reloader.ts'

const pipeline = (topic: string) => `version: 1\nname: p\ntopics:\n  ${topic}: { format: common }\n`

// Promise: A reload that waits for its turn reads the file when the turn has come: the last one has the newest file.
test('the file is read within the turn of each reload', async () => {
  using folder = folderWith({ 'p.yaml': pipeline('old') })
  const turns = openTurns()
  const became: CheckedPipeline[] = []
  const reload: Reload = (load) =>
    turns.next(async () => {
      became.push(await load())
      return []
    })
  const said: string[] = []
  const reloader = openReloader({
    file: folder.at('p.yaml'),
    overlays: [],
    overrides: [],
    files: [],
    watch: false,
    untilEnd: false,
    clock: systemClock,
    say: (text) => said.push(text),
    hungUp: () => expect.unreachable(),
  })
  try {
    const busy = Promise.withResolvers<void>()
    void turns.next(() => busy.promise)
    reloader.ready(reload)
    const asked = [reloader.reload(), reloader.reload()]
    for (let turn = 0; turn < 1000; turn++) await setImmediate()
    folder.write('p.yaml', pipeline('newer'))
    busy.resolve()
    await Promise.all(asked)
    expect(became.map(({ topics }) => topics.map(({ name }) => name))).toEqual([['newer'], ['newer']])
    expect(said).toHaveLength(2)
  } finally {
    reloader.close()
  }
})
