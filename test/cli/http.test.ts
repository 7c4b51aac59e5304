/** The real process polls the server of the example, with faults and kills: each answer is there once. */
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { documentOf, type PopulationRow } from '../../examples/population/population.ts'
import { type PopulationOptions, type PopulationServer, startPopulation } from '../../examples/population/server.ts'
import { type Folder, folderWith, jsonOf } from './tailrace.ts'

const PIPELINE = `version: 1
name: polled
sources:
  feed:
    http:
      url: \${URL}/changes
      every: 20ms
      query: { limit: 2 }
      records: $.data[*]
      pages: { cursor: { from: $.next, query: after } }
      auth: { bearer: "\${TOKEN}" }
    to: changes
  whole: { http: { url: "\${URL}/population", every: 20ms, timeout: 2s, expect: "$.data[0].Population" }, to: answers }
topics:
  changes: { partitions: 2, format: lines }
  answers: { format: lines }
sinks:
  changes: { from: changes, ndjson: changes.ndjson }
  answers: { from: answers, ndjson: answers.ndjson }
`

async function serve(options: Partial<PopulationOptions> = {}): Promise<PopulationServer> {
  const server = await startPopulation(options)
  onTestFinished(() => server.close())
  return server
}

type Line = { readonly line: string }

/** The lines that a sink has written. */
const delivered = (folder: Folder, name: string): readonly string[] => {
  try {
    return jsonOf<Line>(folder.lines(name)).map(({ line }) => line)
  } catch {
    // It is not there yet, or was cut in the middle of a line.
    return []
  }
}

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await setTimeout(10)
}

// Holds http-once, http-faults.
test('faults of the server and SIGKILL at any moment: each change of a feed and each version of an answer is there once', async () => {
  const server = await serve({ seed: 2, faultEvery: 4, slowMs: 100, retryAfter: '0' })
  using folder = folderWith({ 'p.yaml': PIPELINE }, { URL: server.url, TOKEN: 's3cret' })
  const versions = [JSON.stringify(documentOf(server.population.rows()))]
  let running = folder.start('run', 'p.yaml')
  await until(() => delivered(folder, 'answers.ndjson').length === 1)
  for (let round = 0; round < 12; round++) {
    const row = JSON.stringify({ number: server.population.version() + 1, ...server.population.change() })
    versions.push(JSON.stringify(documentOf(server.population.rows())))
    if (round % 3 === 1) {
      // Somewhere between the answer and its row in the file.
      const { answers } = server.served()
      await until(() => server.served().answers > answers + (round % 2))
      await running.kill()
      running = folder.start('run', 'p.yaml')
    }
    await until(
      () =>
        delivered(folder, 'answers.ndjson').includes(versions.at(-1) ?? '') &&
        delivered(folder, 'changes.ndjson').includes(row),
    )
  }
  const { code, stderr } = await running.stop()
  expect(code).toBe(0)
  // Not the lines themselves: a difference would be a page long.
  const known = delivered(folder, 'answers.ndjson').map((line) => versions.indexOf(line))
  expect(known).toEqual(versions.map((_, i) => i))
  const numbers = jsonOf<PopulationRow & { number: number }>(delivered(folder, 'changes.ndjson')).map(
    (row) => row.number,
  )
  expect([...numbers].sort((a, b) => a - b)).toEqual(versions.slice(1).map((_, i) => i + 1))
  expect(server.served().faults).toBeGreaterThan(7)
  expect(stderr).toContain('it is tried again until that works')
  expect(stderr).not.toContain('s3cret')
}, 120_000)

test('status says of a source that it cannot be read, since when and why; and nothing shows its secrets', async () => {
  const server = await serve()
  using folder = folderWith({ 'p.yaml': PIPELINE }, { URL: server.url, TOKEN: 's3cret' })
  const running = folder.start('run', 'p.yaml')
  await until(() => delivered(folder, 'answers.ndjson').length === 1)
  await server.close()
  await running.line(/source whole: cannot reach .*: the connection (was refused|broke)/)
  const { stdout, code } = await folder.tailrace('status', 'p.yaml')
  expect(stdout).toMatch(
    /source whole\W+it cannot be read since 20\S+, tried (once|\d+ times): cannot reach \S+: the connection (was refused|broke)/,
  )
  expect(code).toBe(0)
  const whole = await folder.tailrace('status', 'p.yaml', '--json')
  expect(JSON.parse(whole.stdout).sources[1].unreachable).toMatchObject({
    text: expect.stringContaining('cannot reach'),
  })
  await running.stop()
  const explained = await folder.tailrace('explain', 'p.yaml')
  expect(explained.stdout).toContain('http into answers: asked for again after a crash')
  expect(explained.stdout + stdout + whole.stdout).not.toContain('s3cret')
}, 60_000)

test('secrets that stand in the file are not shown', async () => {
  const auth = 'auth: { basic: { user: ann, password: s3cret } }'
  using folder = folderWith({ 'p.yaml': PIPELINE.replace(/auth:.*/, auth) }, { URL: 'http://127.0.0.1:1', TOKEN: 'x' })
  const { stdout, stderr, code } = await folder.tailrace('explain', 'p.yaml', '--with', '/dev/null')
  expect(`${stdout}${stderr}`).not.toContain('s3cret')
  expect(code).toBe(0)
  folder.write('p.yaml', PIPELINE.replace(/auth:.*/, 'auth: { basic: { usr: ann, password: s3cret } }'))
  const wrong = await folder.tailrace('check', 'p.yaml')
  expect(wrong.code).not.toBe(0)
  expect(wrong.stdout + wrong.stderr).not.toContain('s3cret')
})

test('rows of nested JSON with line ends in it, page by page, in a run that ends', async () => {
  const { url, fail } = await serve({ nations: 2 })
  fail('500', '429')
  const source = `http: { url: "${url}/population?pretty=1", every: 1h, records: "$.data[*]", query: { limit: 6 }, pages: { next_link: header } }`
  const pipeline = `version: 1
name: rows
sources:
  pop: { ${source}, to: pop }
topics:
  pop: { format: { json: { columns: { "ID Year": INT, Nation: STRING, Population: BIGINT } } } }
queries:
  people: "SELECT Nation, \`ID Year\` AS y, Population FROM pop WHERE \`ID Year\` > 2020"
sinks:
  out: { from: people, csv: out.csv }
`
  using folder = folderWith({ 'p.yaml': pipeline })
  const { code, stderr } = await folder.run()
  expect(stderr).toContain('20 lines in, 4 rows out, 0 dead letters')
  expect(code).toBe(0)
  expect(folder.lines('out.csv').slice(1)).toEqual([
    'United States,2022,331097593',
    expect.stringMatching(/^Canada,2022,38\d{6}$/),
    'United States,2021,329725481',
    expect.stringMatching(/^Canada,2021,38\d{6}$/),
  ])
})
