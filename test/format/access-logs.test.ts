import { expect } from 'vitest'
import { common } from '../../src/format/access-log/access-log.ts'
import { decodeAll } from '../../src/format/decode.test-tool.ts'
import { readData, testWithData } from './shared-data.ts'

testWithData('NASA: a line outside of the strict rule has the fields that it contains', () => {
  const { rows } = decodeAll(common.open({}, undefined), readData('access/nasa-aug95-first-20000.log.gz'), [
    'request',
    'http_method',
    'target',
    'protocol',
  ])
  const loose = rows.filter((row) => row.protocol === null)
  expect(loose.length).toBe(49)
  expect(loose.every((row) => row.http_method === 'GET' && /^\/[^ ]*$/.test(String(row.target)))).toBe(true)
  expect(loose.filter((row) => /^GET [^ ]+$/.test(String(row.request))).length).toBe(36)
  expect(loose.filter((row) => /^GET [^ ]+ {3}HTTP\/1.0$/.test(String(row.request))).length).toBe(11)
})
