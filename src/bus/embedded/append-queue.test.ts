import { expect, test } from 'vitest'
import { Failure } from '../../base/failure.ts'
import { openLease } from '../../base/lease.ts'
import { temporaryFolder } from '../../data/data-folder.test-tool.ts'
import { appendOf, linesOf } from '../appends.test-tool.ts'
import { makeChunkPool } from '../batch/chunk.ts'
import { type Append, MAX_POSITION_BYTES } from '../bus.ts'
import { AppendQueue, type LogEnd } from './append-queue.ts'
import { ownEmbedded } from './embedded.test-tool.ts'
import { encodePositions } from './positions.ts'

/** An append whose values have a lease; `isFree` tells whether that was released. */
function leased(append: Append): { readonly append: Append; isFree(): boolean } {
  let isFree = false
  append.values.lease = openLease(() => {
    isFree = true
  })
  return { append, isFree: () => isFree }
}

const START: LogEnd = { offset: 0, mark: undefined }

test('a record or a position that is too long is refused, and its lease released', async () => {
  const queue = new AppendQueue(makeChunkPool(), START)
  const long = leased(appendOf([{ value: Buffer.alloc((16 << 20) + 1) }]))
  await expect(queue.add(long.append)).rejects.toMatchObject({ code: 'limit' })
  const far = leased(appendOf(linesOf('a'), 0, 'x'.repeat(MAX_POSITION_BYTES)))
  await expect(queue.add(far.append)).rejects.toMatchObject({ code: 'limit' })
  expect([long.isFree(), far.isFree(), queue.encode()]).toEqual([true, true, false])
})

test('a failure refuses encoded and waiting appends alike, and the next one follows the end of the log', async () => {
  const queue = new AppendQueue(makeChunkPool(), START)
  const large = () => leased(appendOf([{ value: Buffer.alloc(3 << 20) }], 0, 'lost'))
  const appends = [large(), large(), large(), large()]
  const refused = appends.map(({ append }) => queue.add(append).catch((error: unknown) => error))
  queue.encode()
  queue.take()
  queue.encode()
  expect(appends.map(({ isFree }) => isFree())).toEqual([true, true, true, true])
  const waiting = [large(), large()]
  refused.push(...waiting.map(({ append }) => queue.add(append).catch((error: unknown) => error)))
  queue.encode()
  expect(waiting.map(({ isFree }) => isFree())).toEqual([false, false])
  const failure = new Failure('io', 'the disk is gone')
  queue.fail(failure, { offset: 7, mark: encodePositions(new Map([['other', '{"at":1}']])) })
  expect(await Promise.all(refused)).toEqual(refused.map(() => failure))
  expect(waiting.map(({ isFree }) => isFree())).toEqual([true, true])

  const next = queue.add(appendOf(linesOf('a'), 0, 'kept'))
  expect(queue.encode()).toBe(true)
  queue.take()
  const [written] = queue.written
  expect(Buffer.from(written?.append.mark ?? []).toString()).toBe('[{"other":{"at":1},"w":{"mark":"kept"}}]')
  const heard: number[] = []
  queue.settle(({ baseOffset }) => heard.push(baseOffset))
  expect([await next, heard]).toEqual([7, [7]])
})

test('a bus that is closed refuses appends, and releases their lease', async () => {
  await using folder = temporaryFolder()
  const bus = await ownEmbedded(folder.path)
  const topic = await bus.topic('t', 1)
  await bus[Symbol.asyncDispose]()
  const late = leased(appendOf(linesOf('a')))
  await expect(topic.append(0, late.append)).rejects.toThrow('the log is closed')
  expect(late.isFree()).toBe(true)
})
