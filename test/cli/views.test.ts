import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { folderWith } from './tailrace.ts'

const VIEWS = `CREATE VIEW errors AS SELECT host, status FROM log WHERE status >= 400;
CREATE TEMPORARY VIEW by_host (host, n) AS SELECT host, COUNT(*) FROM errors GROUP BY host;
`

test('a statement brings its views, from the command line and from a file, on any number of threads', {
  timeout: 60_000,
}, async () => {
  using folder = folderWith({
    'access.log': readFileSync('test/docs/access.log', 'utf8'),
    'q.sql': `-- errors by host\n${VIEWS}SELECT * FROM by_host ORDER BY n DESC, host;\n`,
  })
  const plain = 'SELECT host, COUNT(*) AS n FROM log WHERE status >= 400 GROUP BY host ORDER BY n DESC, host'
  const { stdout: rows } = await folder.tailrace('query', plain, 'access.log', '-q')
  expect(rows.split('\n').length).toBeGreaterThan(3)
  for (const workers of ['1', '2']) {
    const asked = await folder.tailrace('query', '-f', 'q.sql', 'access.log', '-q', '--workers', workers)
    expect(asked).toMatchObject({ code: 0, stdout: rows })
  }
  const described = await folder.tailrace('query', `${VIEWS}DESCRIBE by_host`, 'access.log', '-q', '-o', 'csv')
  expect(described.stdout).toBe('name,type,null,key,extras,watermark\nhost,STRING,true,,,\nn,BIGINT,true,,,\n')
  expect(await folder.tailrace('check', `${VIEWS}SELECT n FROM by_host`)).toMatchObject({ code: 0 })
  expect((await folder.tailrace('explain', `${VIEWS}SELECT n FROM by_host`)).stdout).toContain('group    by host')
})
