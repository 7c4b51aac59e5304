import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { generateAccessLog, NASA_LINE_LIMIT, NasaLines } from './nasa-lines.ts'

const log = (seed: number, lines: number): Buffer => Buffer.concat([...generateAccessLog({ seed, lines })])
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

test('the same seed gives the same bytes on every machine', () => {
  const whole = log(1, 50_000)
  expect(whole.subarray(0, 114).toString()).toBe(
    '155.140.203.230 - - [01/Jul/1995:00:00:05 -0400] "GET /history/apollo/apollo-7/mission-37.txt HTTP/1.0" 200 12895\n',
  )
  expect(sha256(whole)).toBe('1f7c2fa8b7c85d1ef5c6f3a5716db7a82c6105950260f30f361ac9bc671aa0f0')
  expect(sha256(log(2, 1_000))).not.toBe(sha256(log(1, 1_000)))
})

test('every line is a Common Log Format line, and time never goes back', () => {
  const lines = log(7, 20_000).toString().trimEnd().split('\n')
  expect(lines).toHaveLength(20_000)
  let before = ''
  for (const line of lines) {
    expect(line).toMatch(
      /^[\w.-]+ - - \[\d\d\/Jul\/1995:\d\d:\d\d:\d\d -0400\] "(GET|HEAD|POST) \/\S* HTTP\/1\.0" \d{3} (\d+|-)$/,
    )
    expect(line.length).toBeLessThan(NASA_LINE_LIMIT)
    const time = line.slice(line.indexOf('[') + 1, line.indexOf(']'))
    expect(time >= before, `${time} after ${before}`).toBe(true)
    before = time
  }
})

test('the names are drawn as in July 1995: the first path 5 % and the first host 1 % of all requests', () => {
  const lines = log(3, 200_000).toString().trimEnd().split('\n')
  const share = (name: string) => lines.filter((line) => line.includes(name)).length / lines.length
  expect(share(' /images/NASA-logosmall.gif ')).toBeCloseTo(0.053, 2)
  expect(share('"HEAD ')).toBeCloseTo(0.002, 3)
  expect(share('" 304 ')).toBeCloseTo(0.07, 2)
  const hosts = new Set(lines.map((line) => line.slice(0, line.indexOf(' '))))
  expect(hosts.size).toBeGreaterThan(40_000)
})

test('stopped anywhere and continued from its place, the log is the same', () => {
  const whole = log(5, 400)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 20 }), (steps) => {
      let place = new NasaLines(5).place
      const pieces: Uint8Array[] = []
      for (const step of [...steps, 400]) {
        const log = new NasaLines(5, place)
        const buffer = new Uint8Array(64 * 1024)
        const { end } = log.write(buffer, Math.min(step, 400 - place.line), new Int32Array(400))
        pieces.push(buffer.subarray(0, end))
        place = log.place
      }
      const joined = Buffer.concat(pieces)
      expect(joined.equals(whole.subarray(0, joined.length))).toBe(true)
    }),
    { numRuns: 50 },
  )
})
