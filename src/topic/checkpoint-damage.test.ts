/** No flipped bit and no torn end of a checkpoint is read as one: it is refused by name. */
import { expect, test } from 'vitest'
import { Failure } from '../base/failure.ts'
import { SimulatedDisk } from '../base/simulated-disk.test-tool.ts'
import { readCheckpoint } from '../run/checkpoint-file.ts'
import { type Checkpoint, encodeCheckpoint } from './checkpoint.ts'

const query = {
  fingerprint: 'f0',
  offsets: { access: { 0: 1000, 1: 998 } },
  emitted: { 0: 17 },
  ending: false,
  state: { counts: Int32Array.of(1, 2, 3), sums: Float64Array.of(0.5), big: 12n },
}
const CHECKPOINT: Checkpoint = { queries: { q: query }, sinks: {}, dead: {} }

test('every flipped bit, and every end that is missing, is refused, and the file is named', async () => {
  const disk = new SimulatedDisk()
  await disk.disk.mkdir('/data')
  const bytes = Buffer.concat([...encodeCheckpoint(CHECKPOINT)])
  const read = (content: Uint8Array) => {
    disk.put('/data/checkpoint.json', content)
    return readCheckpoint(disk.disk, '/data')
  }
  expect(read(bytes).queries.q).toEqual(query)
  const refused = (content: Uint8Array, told: string) => {
    let failure: unknown
    try {
      read(content)
    } catch (error) {
      failure = error
    }
    expect(failure, told).toBeInstanceOf(Failure)
    expect(failure, told).toMatchObject({ code: 'corrupt', message: expect.stringContaining('/data/checkpoint.json') })
  }
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
    refused(flipped, `bit ${bit}`)
  }
  for (let length = 0; length < bytes.length; length++) refused(bytes.subarray(0, length), `the first ${length} bytes`)
})
