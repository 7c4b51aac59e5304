import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { linesOf } from '../../test/cli/tailrace.ts'
import { deliveryOf } from '../../test/contract/made-deliveries.ts'
import { openSinkAt } from '../../test/contract/sink.ts'
import { batchOf } from '../record/batch.test-tool.ts'
import { BIGINT } from '../record/type.ts'
import { SharedOutput } from '../terminal/output.ts'
import { consoleSink } from './console.ts'

// Holds changes.
test('of rows that change it is shown what happened to each', async () => {
  const stream = new PassThrough()
  const fields = [{ name: 'hits', type: BIGINT }]
  const options = { options: { format: 'ndjson' }, folder: '/none' }
  await using sink = await openSinkAt(consoleSink, options, {
    fields,
    changing: true,
    output: new SharedOutput(stream),
  })
  const rows = batchOf(fields, [[1n], [2n]])
  rows.deleted = Uint8Array.of(0, 1)
  await sink.write({ ...deliveryOf(0, 0, []), rows })
  expect(linesOf(String(stream.read()))).toEqual(['{"change":"is","hits":1}', '{"change":"deleted","hits":2}'])
})
