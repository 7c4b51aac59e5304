import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LumberjackFrames } from './frames.ts'
import { eventFrame, packedFrame, windowFrame } from './lumberjack.test-tool.ts'

const LIMITS = { event: 40, packed: 100 }

/** What is in bytes that come in chunks of these sizes, again and again, one line a frame. */
function cut(stream: Uint8Array, sizes: readonly number[] = [1 << 20], limits = LIMITS): readonly string[] {
  const frames = new LumberjackFrames(limits)
  const all: string[] = []
  for (let at = 0, i = 0; at < stream.length; i++) {
    const size = sizes[i % sizes.length] as number
    for (const frame of frames.add(stream.slice(at, at + size))) {
      if (frame.kind === 'window') all.push(`window ${frame.count}`)
      else if (frame.kind === 'event') all.push(`event ${frame.sequence} ${Buffer.from(frame.json)}`)
      else if (frame.kind === 'long') all.push(`long ${frame.sequence} ${frame.length}`)
      else if (frame.kind === 'packed') all.push(`packed ${Buffer.from(frame.zlib).toString('hex')}`)
      else all.push(`bad ${frame.why}`)
    }
    expect(frames.kept).toBeLessThanOrEqual(Math.max(limits.event, limits.packed) + 10)
    at += size
  }
  return all
}

const zlib = (...bytes: number[]) => Uint8Array.from(bytes)

test('windows, events and packed frames', () => {
  const stream = Buffer.concat([windowFrame(2), eventFrame(1, '{"a":1}'), eventFrame(2, ''), packedFrame(zlib(1, 2))])
  expect(cut(stream)).toEqual(['window 2', 'event 1 {"a":1}', 'event 2 ', 'packed 0102'])
})

test('an event that is too long is skipped and reported, and what follows is read', () => {
  const long = eventFrame(7, 'x'.repeat(41))
  expect(cut(Buffer.concat([long, eventFrame(8, 'y')]), [5])).toEqual(['long 7 41', 'event 8 y'])
})

test('what cannot be read is said, and nothing behind it is read', () => {
  const event = eventFrame(1, 'a')
  const says = (bytes: Uint8Array, limits = LIMITS) => cut(Buffer.concat([event, bytes, event]), [3], limits)
  expect(says(Buffer.from('1W'))).toEqual(['event 1 a', expect.stringContaining('version 1 of Lumberjack')])
  expect(says(Buffer.from('2D'))).toEqual(['event 1 a', expect.stringContaining('version 1 of Lumberjack')])
  expect(says(Buffer.from('2X'))).toEqual(['event 1 a', expect.stringContaining('no frame of Lumberjack')])
  expect(says(packedFrame(new Uint8Array(101)))[1]).toMatch(/101 bytes is longer than max_batch/)
  expect(says(packedFrame(zlib(1)), { event: 40, packed: 0 })[1]).toMatch(/another one in it/)
})

// Promise: The frames of a Beat are the same, however its bytes are cut into chunks.
test('however the bytes are cut into chunks, the frames are the same, and no bytes make it fail', () => {
  const frame = fc.oneof(
    fc.nat(5).map(windowFrame),
    fc.tuple(fc.nat(9), fc.string({ maxLength: 44 })).map(([sequence, json]) => eventFrame(sequence, json)),
    fc.uint8Array({ maxLength: 110 }).map(packedFrame),
    fc.uint8Array({ maxLength: 6 }),
    fc.constantFrom('2J\0\0\0\x01\xff\xff\xff\xff', '2C\xff\xff\xff\xff').map((text) => Buffer.from(text, 'latin1')),
  )
  const streams = fc.oneof(
    fc.array(frame, { maxLength: 10 }).map((frames) => new Uint8Array(Buffer.concat(frames))),
    fc.uint8Array({ maxLength: 60 }),
  )
  const sizes = fc.array(fc.integer({ min: 1, max: 11 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(streams, sizes, (stream, cuts) => {
      expect(cut(stream, cuts)).toEqual(cut(stream))
    }),
    { numRuns: 3_000 },
  )
})
