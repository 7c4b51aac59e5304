import { expect, test } from 'vitest'
import { longestLine, type SourceContext } from './source.ts'

const of = (maxAppendBytes?: number): SourceContext => ({ maxAppendBytes }) as SourceContext

test('a line is as long as the option says, and never longer than a topic and the log take', () => {
  expect(longestLine(1 << 20, of())).toEqual({ bytes: 1 << 20, tooLong: 'longer than max_line, 1MiB' })
  expect(longestLine(1 << 20, of(1000))).toEqual({
    bytes: 500,
    tooLong: 'longer than 500B: its topic takes no more at once (max.message.bytes of the topic)',
  })
  // Its key, which may be the path of a file, has room beside it.
  const longest = { bytes: (16 << 20) - 4096, tooLong: 'longer than 16380KiB: the log keeps no longer record' }
  expect(longestLine(16 << 20, of())).toEqual(longest)
  expect(longestLine(1 << 30, of(1 << 29), 'max_record')).toEqual(longest)
})
