import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { testClock } from '../../test/sim/running.ts'
import { coloursIf, hasColour } from './colour.ts'
import { openProgress } from './progress.ts'

const stream = (isTTY: boolean) => Object.assign(new PassThrough(), { isTTY, columns: 70 })

test('colour is for terminals, unless the environment says otherwise', () => {
  expect(hasColour(stream(true), {})).toBe(true)
  expect(hasColour(stream(false), {})).toBe(false)
  expect(hasColour(stream(true), { NO_COLOR: '1' })).toBe(false)
  expect(hasColour(stream(true), { NO_COLOR: '' })).toBe(true)
  expect(hasColour(stream(true), { TERM: 'dumb' })).toBe(false)
  expect(hasColour(stream(false), { FORCE_COLOR: '1' })).toBe(true)
  expect(hasColour(stream(true), { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false)
  expect(coloursIf(true).bold('x')).toBe('\x1b[1mx\x1b[22m')
  expect(coloursIf(false).bold('x')).toBe('x')
})

test('progress is drawn at intervals, within the line, and taken away', () => {
  const clock = testClock()
  const options = { label: 'reading', total: 200, show: (amount: number) => `${Math.round(amount)} B`, environment: {} }
  const terminal = stream(true)
  const progress = openProgress(terminal, clock, options)
  progress.update(1)
  expect(terminal.read()).toBeNull()
  clock.advance(1000)
  progress.update(100)
  progress.update(101)
  const half = `reading [${'='.repeat(12)}${' '.repeat(12)}] 50 % of 200 B, 100 B/s, 1 s left`
  expect(String(terminal.read())).toBe(`\r\x1b[K${half.slice(0, 69)}`)
  terminal.columns = 40
  clock.advance(1000)
  progress.update(200)
  expect(String(terminal.read())).toBe(`\r\x1b[Kreading [${'='.repeat(24)}] 100 `)
  progress.end()
  expect(String(terminal.read())).toBe('\r\x1b[K')
  progress.end()
  expect(terminal.read()).toBeNull()
  clock.advance(1000)
  progress.update(200)
  expect(String(terminal.read())).toContain('reading')

  const file = stream(false)
  const none = openProgress(file, clock, options)
  clock.advance(4000)
  none.update(150)
  none.end()
  expect(file.read()).toBeNull()
})
