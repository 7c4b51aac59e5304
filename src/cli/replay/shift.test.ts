import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formats } from '../../format/all.ts'
import { decodeAll } from '../../format/decode.test-tool.ts'
import { openShift, type Shift } from './shift.ts'

const NOW = Date.UTC(2026, 10, 29, 14, 30, 5, 678)
const clock = { now: () => NOW }

function shifted(text: string, shift: Shift = openShift(clock)): string {
  const bytes = Buffer.from(text, 'latin1')
  shift.apply(bytes)
  return bytes.toString('latin1')
}

const line = (time: string, rest = 'GET / HTTP/1.0') => `h - - [${time}] "${rest}" 200 5\n`

test('the first line is at the present second, every other as far from it as before', () => {
  const shift = openShift(clock)
  expect(shifted(line('01/Jul/1995:00:00:01 +0000') + line('01/Jul/1995:00:01:02 +0000'), shift)).toBe(
    line('29/Nov/2026:14:30:05 +0000') + line('29/Nov/2026:14:31:06 +0000'),
  )
  // The shift of the first line is that of all, whenever they come.
  expect(shifted(line('30/Jun/1995:23:59:59 +0000'), shift)).toBe(line('29/Nov/2026:14:30:03 +0000'))
  expect(shift.describe()).toBe('times moved from [01/Jul/1995:00:00:01 +0000] to [29/Nov/2026:14:30:05 +0000]')
})

test('each time keeps its own offset, as in a log of the hour in which summer time ends', () => {
  expect(
    shifted(
      line('28/Oct/2018:02:59:59 +0200') + line('28/Oct/2018:02:00:00 +0100') + line('28/Oct/2018:01:00:01 -0000'),
    ),
  ).toBe(line('29/Nov/2026:16:30:05 +0200') + line('29/Nov/2026:15:30:06 +0100') + line('29/Nov/2026:14:30:07 -0000'))
})

test('a line without a time is sent as it is, and counted', () => {
  const shift = openShift(clock)
  const untimed = `\nno time\n[31/Jun/1995:00:00:00 +0000]\n${line('01/Jul/1995:24:00:00 +0000')}[01/Jul/1995:00:00:00 +00\n`
  expect(shifted(untimed, shift)).toBe(untimed)
  expect(shift.describe()).toBe('no line has a time of the format common or combined: all are sent unchanged')
  // A bracket in the name of the user does not hide the time.
  expect(shifted('h - [x] [01/Jul/1995:00:00:01 +0000] "[" 1 1\nh\n', shift)).toBe(
    'h - [x] [29/Nov/2026:14:30:05 +0000] "[" 1 1\nh\n',
  )
  expect(shift.describe()).toMatch(/; 6 lines without a time sent unchanged$/)
})

test('a time that would leave the years of four digits stays as it is', () => {
  const late = line('31/Dec/9999:23:59:59 +0000')
  expect(shifted(line('01/Jul/1995:00:00:01 +0000') + late)).toBe(line('29/Nov/2026:14:30:05 +0000') + late)
})

test('any log: the decoder finds the same rows with the same shift, and the same rejects', async () => {
  const common = (await formats.load('common'))?.open({}, undefined)
  if (common === undefined) throw new Error('there is no format common')
  const rows = (text: string) => decodeAll(common, Buffer.from(text, 'latin1'))
  const two = (number: number) => String(number).padStart(2, '0')
  const time = fc
    .record({
      at: fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2030, 0) }),
      sign: fc.constantFrom('+', '-'),
      hours: fc.integer({ min: 0, max: 14 }),
      minutes: fc.constantFrom(0, 30, 45),
    })
    .map(({ at, sign, hours, minutes }) => {
      const [, month, day, year, clock] = /^\w+ (\w+) (\d+) (\d+) (\S+)/.exec(localText(at)) ?? []
      return `${day}/${month}/${year}:${clock} ${sign}${two(hours)}${two(minutes)}`
    })
  const log = fc.array(
    fc.oneof(
      time.map((text) => line(text)),
      fc.constantFrom('\n', 'none\n', line('?')),
    ),
    { minLength: 1 },
  )
  fc.assert(
    fc.property(log, (lines) => {
      const before = rows(lines.join(''))
      const after = rows(shifted(lines.join('')))
      expect(after.rejects.length).toBe(before.rejects.length)
      expect(after.origins).toEqual(before.origins)
      const first = before.rows[0]
      if (first === undefined) return
      const shift = Math.floor(NOW / 1000) * 1000 - Number(first.ts)
      expect(after.rows).toEqual(before.rows.map((row) => ({ ...row, ts: Number(row.ts) + shift })))
    }),
  )
})

/** As `Sat Jul 01 1995 00:00:01`, in UTC. */
function localText(at: number): string {
  const [name, day, month, year, clock] = new Date(at).toUTCString().replace(',', '').split(' ')
  return `${name} ${month} ${day} ${year} ${clock}`
}
