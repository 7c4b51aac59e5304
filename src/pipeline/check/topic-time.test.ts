import { expect, test } from 'vitest'
import { checkedText } from '../../../test/run/in-process.ts'

const HOUR = 3_600_000

const topicOf = (
  options: string,
  { source = 'tcp: 7777', bus = 'embedded', watermark = "ts - INTERVAL '5' SECOND" } = {},
) => {
  const sources = source === '' ? '' : `sources: { s: { ${source}, to: t } }\n`
  const time = watermark === '' ? '' : `    watermark: ${watermark}\n`
  const topics = `topics:\n  t:\n    format: common\n${time}${options}`
  const [topic] = checkedText(`version: 1\nname: p\nbus: ${bus}\n${sources}${topics}`, '/').topics
  return topic
}

test('the topic of a live source is quiet after ten minutes, unless the file says otherwise', () => {
  expect(topicOf('')?.idleMs).toBe(10 * 60_000)
  expect(topicOf('', { source: 'file: a.log' })?.idleMs).toBe(10 * 60_000)
  const polled = (when: string) => topicOf('', { source: `http: { url: "http://127.0.0.1/", ${when} }` })?.idleMs
  expect(polled('every: 1m')).toBe(10 * 60_000)
  expect(polled('every: 1h')).toBe(2 * 3_600_000)
  expect(polled('at: "0 20 * * *"')).toBe(2 * 86_400_000)
  expect(topicOf('    idle: never\n')?.idleMs).toBeUndefined()
  expect(topicOf('    idle: 3s\n')?.idleMs).toBe(3000)
  // Others fill it, nothing is silent, or no window waits.
  expect(topicOf('', { source: '' })?.idleMs).toBeUndefined()
  expect(topicOf('', { source: 'generator: {}' })?.idleMs).toBeUndefined()
  expect(topicOf('', { watermark: '' })?.idleMs).toBeUndefined()
})

test('event time may be a day ahead of arrival, unless the file says otherwise', () => {
  expect(topicOf('')?.maxAhead).toMatchObject({ ms: 24 * HOUR, isOurs: true })
  expect(topicOf('    max_ahead: 90m\n')?.maxAhead?.ms).toBe(1.5 * HOUR)
  expect(topicOf('    max_ahead: never\n')?.maxAhead?.ms).toBe(Number.POSITIVE_INFINITY)
  expect(topicOf('', { watermark: '' })?.maxAhead).toBeUndefined()
  const bus = 'kafka://localhost:9092'
  expect(topicOf('', { bus })?.maxAhead?.isOurs).toBe(true)
  expect(topicOf('', { bus, source: '' })?.maxAhead?.isOurs).toBe(false)
  // Another bound is another meaning of the records; the default is what they meant before there was one.
  expect(topicOf('    max_ahead: 24h\n')?.fingerprint).toBe(topicOf('')?.fingerprint)
  expect(topicOf('    max_ahead: 25h\n')?.fingerprint).not.toBe(topicOf('')?.fingerprint)
})

test('idle and max_ahead need a watermark', () => {
  for (const key of ['idle', 'max_ahead']) {
    expect(() => topicOf(`    ${key}: 10s\n`, { watermark: '' })).toThrow(`${key} is about the watermark`)
  }
  expect(() => topicOf('    idle: 0s\n')).toThrow('idle must be longer than nothing')
})

// Promise dead-bounded: Dead letters are bounded in time and bytes, also where the pipeline file says nothing.
test('dead letters are kept for a week and up to 1 GiB, no longer than the records, or as the file says', () => {
  const dead = (options: string) => topicOf(options)?.dead
  const day = 24 * HOUR
  expect(dead('')).toEqual({ timeMs: 7 * day, bytes: 2 ** 30, isGiven: false })
  expect(dead('    retention: { time: 1h, size: 64MiB }\n')).toEqual({
    timeMs: HOUR,
    bytes: 64 * 2 ** 20,
    isGiven: false,
  })
  expect(dead('    retention: forever\n')).toMatchObject({ timeMs: 7 * day, bytes: 2 ** 30 })
  expect(dead('    dead: 30d\n')).toEqual({ timeMs: 30 * day, bytes: 2 ** 30, isGiven: true })
  expect(dead('    dead: { time: forever, size: 8MiB }\n')).toMatchObject({ timeMs: undefined, bytes: 8 * 2 ** 20 })
  expect(() => dead('    dead: { size: 1MiB }\n')).toThrow('size is less than 8MiB')
})
