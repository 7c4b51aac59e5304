import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Packing } from './byte-kind.ts'
import { Feed } from './feed.ts'
import { textOfAgain } from './text.ts'
import { type Fault, type PartEnd, unpack } from './unpack.ts'

const pack = { gzip: (text: string) => gzipSync(text), zstd: (text: string) => zstdCompressSync(text) }
const packings: readonly Packing[] = ['gzip', 'zstd']
const SKIPPED = Buffer.from('5a2a4d180300000001020300', 'hex').subarray(0, 11)

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] as number
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function unpacked(bytes: Uint8Array, packing: Packing, sizes: readonly number[] = [bytes.length || 1]) {
  const faults: Fault[] = []
  const ends: PartEnd[] = []
  const pieces: Uint8Array[] = []
  const options = {
    chunkBytes: 4096,
    fault: (fault: Fault) => faults.push(fault),
    part: (end: PartEnd) => ends.push(end),
  }
  for await (const piece of unpack(new Feed(inPieces(bytes, sizes)), packing, options)) pieces.push(piece)
  return { text: Buffer.concat(pieces).toString('latin1'), faults: faults.map(({ kind }) => kind), ends }
}

const texts = fc.array(fc.tuple(fc.string({ unit: 'binary-ascii', maxLength: 30 }), fc.integer({ min: 0, max: 400 })), {
  minLength: 1,
  maxLength: 5,
})
const sizes = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 6 })

// Promise: All members of gzip and all frames of zstd are read, however the bytes arrive.
test.each(packings)('%s: every part is unpacked, with frames to skip and zeros between them', async (packing) => {
  await fc.assert(
    fc.asyncProperty(texts, sizes, fc.nat(2), fc.boolean(), async (parts, cuts, zeros, skips) => {
      const all = parts.map(([text, times]) => text.repeat(times))
      const packed = all.flatMap((text) => [
        ...(packing === 'zstd' && skips ? [SKIPPED] : []),
        pack[packing](text),
        Buffer.alloc(zeros),
      ])
      const found = await unpacked(Buffer.concat(packed), packing, cuts)
      expect(found).toMatchObject({ text: all.join(''), faults: [] })
    }),
    { numRuns: 150 },
  )
})

// Promise: A cut end of packed bytes gives all that is good before it, and is reported.
test.each(packings)(
  '%s: bytes that are cut anywhere give a beginning of the text, and whole parts whole',
  async (packing) => {
    const first = pack[packing]('first\n'.repeat(50))
    const whole = Buffer.concat([first, pack[packing]('second\n'.repeat(50))])
    const text = `${'first\n'.repeat(50)}${'second\n'.repeat(50)}`
    for (let end = 0; end < whole.length; end++) {
      const found = await unpacked(whole.subarray(0, end), packing, [7])
      expect(text.startsWith(found.text)).toBe(true)
      expect(found.text.length).toBeGreaterThanOrEqual(end >= first.length ? 300 : 0)
      expect(found.faults).toEqual(end === first.length ? [] : ['cut'])
    }
  },
)

test.each(packings)('%s: what is behind the last part is left out and reported', async (packing) => {
  const bytes = Buffer.concat([pack[packing]('all\n'), Buffer.from('garbage')])
  for (const size of [1, 5, 1000]) {
    expect(await unpacked(bytes, packing, [size])).toMatchObject({ text: 'all\n', faults: ['rest'] })
  }
})

test.each(packings)('%s: bytes between two parts are damage, as text is lost', async (packing) => {
  const bytes = Buffer.concat([pack[packing]('all\n'), Buffer.from('\n'), pack[packing]('lost\n')])
  for (const size of [1, 5, 1000]) {
    expect(await unpacked(bytes, packing, [size])).toMatchObject({ text: 'all\n', faults: ['damaged'] })
  }
})

test('the ends of parts are told, and reading goes on behind one', async () => {
  for (const packing of packings) {
    const [one, two] = [pack[packing]('one\n'), pack[packing]('two\n')]
    const { ends } = await unpacked(Buffer.concat([one, two]), packing)
    expect(ends).toEqual([
      { packed: one.length, text: 4 },
      { packed: one.length + two.length, text: 8 },
    ])
    const options = { chunkBytes: 4096, fault: () => {}, from: ends[0] }
    const pieces: Uint8Array[] = []
    for await (const piece of unpack(new Feed(inPieces(two, [3])), packing, options)) pieces.push(piece)
    expect(Buffer.concat(pieces).toString()).toBe('two\n')
  }
})

/** Lines of which little is packed away. */
const lines = Array.from({ length: 60_000 }, (_, at) => `${(at * 2654435761) % 4294967296} line ${at}\n`)

// Promise: A damaged end gives all that is good before it, to the last kilobyte.
test('damage in a large member takes no good text along', async () => {
  const text = lines.join('')
  const packed = gzipSync(text)
  // A block of the kind that does not exist, where the deflated bytes go on.
  const at = packed.length >> 1
  const damaged = Buffer.concat([packed.subarray(0, at), Buffer.alloc(64, 0xff), packed.subarray(at + 64)])
  const faults: Fault[] = []
  const pieces: Uint8Array[] = []
  const open = () => inPieces(damaged, [100_000])
  for await (const piece of textOfAgain(open, { name: 'x', fault: (fault) => faults.push(fault) })) pieces.push(piece)
  const found = Buffer.concat(pieces)
  let good = 0
  while (good < found.length && found[good] === text.charCodeAt(good)) good++
  const before = gzipEnd(packed.subarray(0, at))
  expect(faults).toMatchObject([{ kind: 'damaged' }])
  expect(good).toBeGreaterThan(before - 1024)
})

/** How much text the first bytes of a member hold. */
function gzipEnd(cut: Uint8Array): number {
  const { gunzipSync, constants } = process.getBuiltinModule('node:zlib')
  return gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH }).length
}

test('a bomb is unpacked in pieces', async () => {
  const bomb = gzipSync(Buffer.alloc(256 << 20))
  let length = 0
  let longest = 0
  const options = { chunkBytes: 64 << 10, fault: () => {} }
  for await (const piece of unpack(new Feed(inPieces(bomb, [1 << 20])), 'gzip', options)) {
    length += piece.length
    longest = Math.max(longest, piece.length)
    if (length > 64 << 20) break
  }
  expect(length).toBeGreaterThan(64 << 20)
  expect(longest).toBeLessThanOrEqual(64 << 10)
})
