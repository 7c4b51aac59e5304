/**
 * The OpenAPI document of a real run, by Schemathesis: requests that fit it and such as do not, for every address, alone and in chains. No
 * answer is a bug (5xx), and each is one that the document names, in its form.
 */
import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { installedSchemathesis, runSchemathesis } from '../../scripts/services/schemathesis.ts'
import { routes } from '../../src/server/routes/all.ts'
import { accessLines, DAY } from '../access-line.ts'
import { demo } from '../cli/demo.ts'
import { folderWith, send } from '../cli/tailrace.ts'
import { isMissing } from './missing.ts'

const missing = await isMissing('schemathesis', installedSchemathesis)

const MORE = `alerts:
  unreachable: { for: 2m, notify: console }
  busy: { from: paths, when: hits > 100, notify: console }
reports:
  daily: { query: paths, at: "5 0 * * *", span: 1d }
`

/** Of what does not fit, some is refused before it is looked at: it is too large. */
const SETTINGS = `[checks]
negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "409", "413", "415", "429", "431", "503"]
`

/** What fits the form may still be refused: a text that is no SQL, a place that no list gave. */
const NOT_CHECKED = ['positive_data_acceptance']

/** Streams that go on until the client leaves. */
const ENDLESS = routes.filter(
  ({ method, path, answer }) => answer.kind === 'events' && (method === 'GET' || path.endsWith('/live')),
)

test.skipIf(missing)(
  'Schemathesis finds no bug, and no answer that the document does not have',
  async () => {
    using folder = folderWith({ 'p.yaml': demo('tcp: 127.0.0.1:0', MORE) })
    writeFileSync(folder.at('settings.toml'), SETTINGS)
    const running = folder.start('run', 'p.yaml', '--listen', '127.0.0.1:0')
    const port = await running.port(/^dashboard: http:/)
    await send(await running.port(/^demo runs:/), `${accessLines(500, DAY)}noise\n`)
    const { code, said } = await runSchemathesis(
      [
        ...['--config-file', 'settings.toml', 'run', `http://127.0.0.1:${port}/api/v1/openapi.json`],
        ...['--checks', 'all', '--exclude-checks', NOT_CHECKED.join()],
        ...ENDLESS.flatMap(({ path }) => ['--exclude-path', path]),
        ...['--max-examples', '25', '--seed', '16', '--generation-database', 'none'],
        ...['--request-timeout', '30', '--max-failures', '50', '--warnings', 'off'],
      ],
      folder.path,
    )
    expect({ code, said: code === 0 ? '' : said.slice(-20_000) }).toEqual({ code: 0, said: '' })
    expect(Number(/(\d+) generated/.exec(said)?.[1])).toBeGreaterThan(1000)
    const ended = await running.stop()
    expect(ended.code).toBe(0)
    expect(ended.stderr).not.toContain('a bug in tailrace')
  },
  600_000,
)
