import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { recordText } from '../../record/records.ts'
import { type Framing, SyslogFrames } from './frames.ts'

const LONGEST = 20

type Cut = { readonly messages: readonly string[]; readonly long: number; readonly why: string | undefined }

/** Cuts bytes that come in chunks of these sizes, again and again. */
function cut(
  bytes: Uint8Array | string,
  { sizes = [1 << 20], framing = 'auto' as Framing, longest = LONGEST } = {},
): Cut {
  const stream = Buffer.from(bytes as string)
  let long = 0
  const frames = new SyslogFrames({ framing, longest, tooLong: () => long++ })
  const messages: string[] = []
  const take = (records: ReturnType<SyslogFrames['add']>) => {
    for (let i = 0; i < records.count; i++) messages.push(recordText(records, i))
  }
  for (let at = 0, i = 0; at < stream.length; i++) {
    const size = sizes[i % sizes.length] as number
    // A copy, as a socket gives one.
    take(frames.add(stream.subarray(at, at + size).slice()))
    expect(frames.kept).toBeLessThanOrEqual(longest + 10)
    at += size
  }
  take(frames.end())
  return { messages, long, why: frames.why }
}

const counted = (text: string) => `${Buffer.byteLength(text)} ${text}`

test('messages with a length in front, and with line ends, are told apart at each', () => {
  expect(cut('8 <34>1 ab5 <1>cd<2>ef\n\n<3>gh\r\n5 <4>ij\n<5>kl\0<6>mn')).toEqual({
    messages: ['<34>1 ab', '<1>cd', '<2>ef', '<3>gh', '<4>ij', '<5>kl', '<6>mn'],
    long: 0,
    why: undefined,
  })
})

test('a line that begins with digits is a line, and one with a blank behind them is counted', () => {
  expect(cut('2003-10-11 a\n127.0.0.1 b\n200\n1234567890 c\n').messages).toEqual([
    '2003-10-11 a',
    '127.0.0.1 b',
    '200',
    '1234567890 c',
  ])
  expect(cut('200 b\n', { framing: 'lines' }).messages).toEqual(['200 b'])
  expect(cut('0 b\n').messages).toEqual(['0 b'])
})

test('line ends within a counted message belong to it, and those at its end do not', () => {
  expect(cut('7 <1>a\nb\n6 <2>c\r\n').messages).toEqual(['<1>a\nb', '<2>c'])
  expect(cut('2 \r\n4 <1>d')).toEqual({ messages: ['<1>d'], long: 0, why: undefined })
})

test('a length that is wrong ends the reading: what follows begins neither with a length nor with <', () => {
  const why = 'a message is not as long as the length in front of it says (octet counting)'
  expect(cut('4 <1>abc5 <1>de')).toEqual({ messages: ['<1>a'], long: 0, why })
  expect(cut('a line\n', { framing: 'counted' }).why).toBe(
    'it sent a message without its length in front (framing: counted)',
  )
})

test('a message that is too long is left out, and the next is read', () => {
  const long = 'x'.repeat(LONGEST + 1)
  expect(cut(`${counted(long)}3 <1>`)).toEqual({ messages: ['<1>'], long: 1, why: undefined })
  expect(cut(`<1>${long}\n<2>\n`)).toEqual({ messages: ['<2>'], long: 1, why: undefined })
  expect(cut('y'.repeat(LONGEST)).messages).toEqual(['y'.repeat(LONGEST)])
})

test('half a counted message at the end of a connection is no message, and half a line is one', () => {
  expect(cut('9 <1>ab').messages).toEqual([])
  expect(cut('<1>ab').messages).toEqual(['<1>ab'])
  expect(cut('12').messages).toEqual(['12'])
})

describe('any bytes', () => {
  const message = fc
    .tuple(fc.nat(191), fc.string({ unit: fc.constantFrom('a', ' ', '7', 'é', '<'), maxLength: LONGEST + 4 }))
    .map(([priority, text]) => `<${priority}>${text}`)
  const part = fc.oneof(
    { weight: 4, arbitrary: message.map(counted) },
    {
      weight: 4,
      arbitrary: fc.tuple(message, fc.constantFrom('\n', '\r\n', '\0', '\n\n')).map((both) => both.join('')),
    },
    { weight: 1, arbitrary: fc.constantFrom('', '\n', '0', '9 ', '99999999 ', '1234567890 ', '12', 'x', '-1 ', '\0') },
  )
  const streams = fc.oneof(
    fc.array(part, { maxLength: 12 }).map((parts) => Buffer.from(parts.join(''))),
    fc.uint8Array({ maxLength: 80 }),
  )
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 })
  const framings = fc.constantFrom<Framing>('auto', 'counted', 'lines')

  // Promise: The syslog messages of a connection are the same, however its bytes are cut into chunks.
  test('however they are cut into chunks, the messages are the same', () => {
    fc.assert(
      fc.property(streams, sizes, framings, (stream, cuts, framing) => {
        expect(cut(stream, { sizes: cuts, framing })).toEqual(cut(stream, { framing }))
      }),
      { numRuns: 3_000 },
    )
  })

  test('counted messages come out as they went in', () => {
    fc.assert(
      fc.property(fc.array(message), sizes, (messages, cuts) => {
        const given = cut(messages.map(counted).join(''), { sizes: cuts, longest: 1000 })
        expect(given).toEqual({ messages, long: 0, why: undefined })
      }),
      { numRuns: 1_000 },
    )
  })
})

test('a megabyte that comes byte by byte is not copied for each of its bytes', () => {
  const text = `<1>${'x'.repeat(1 << 20)}`
  const bytes = Buffer.from(`${counted(text)}${text}\n`)
  const frames = new SyslogFrames({ framing: 'auto', longest: 2 << 20, tooLong: () => expect.unreachable() })
  let messages = 0
  // Bytes copied or searched for each would be 10^12, which no test waits for.
  for (let at = 0; at < bytes.length; at++) messages += frames.add(bytes.subarray(at, at + 1)).count
  expect(messages).toBe(2)
})
