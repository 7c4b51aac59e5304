import { expect, test } from 'vitest'
import { savedCsv, savedJson } from './saved.ts'

const columns = [
  { name: 'path', type: 'STRING' },
  { name: 'sum', type: 'BIGINT' },
]

test('saved rows are those that the command line would have written', () => {
  const rows = [
    { path: 'a,"b"', sum: 12 },
    { path: '', sum: null },
    { path: '/x', sum: '9007199254740993' },
  ]
  expect(savedCsv(columns, rows)).toBe('path,sum\n"a,""b""",12\n"",\n/x,9007199254740993\n')
  expect(savedJson(columns, rows)).toBe(
    '[\n{"path":"a,\\"b\\"","sum":12},\n{"path":"","sum":null},\n{"path":"/x","sum":9007199254740993}\n]\n',
  )
})
