import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { openLiveHead } from './live-head.ts'

const textOf = async (stream: Readable) => Buffer.concat(await stream.toArray()).toString()

test('the head has whole lines, and the whole stream all of its bytes', async () => {
  const stream = new PassThrough()
  stream.write('a\nb\nhal')
  const { head, whole } = await openLiveHead(stream)
  expect(await textOf(head)).toBe('a\nb\n')
  stream.end('f\nc\n')
  expect(await textOf(whole)).toBe('a\nb\nhalf\nc\n')
})

test('a stream that is open and quiet is destroyed at once', async () => {
  const stream = new PassThrough()
  stream.write('a\n')
  const { whole } = await openLiveHead(stream)
  const reading = textOf(whole).catch((error: NodeJS.ErrnoException) => error.code)
  await new Promise(setImmediate)
  whole.destroy()
  await once(whole, 'close')
  expect(await reading).toBe('ERR_STREAM_PREMATURE_CLOSE')
  expect(stream.destroyed).toBe(true)
})
