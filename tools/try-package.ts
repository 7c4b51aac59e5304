/**
 * Installs the packed package in a folder that holds only its .tgz, and uses it as a newcomer would: `--version`, a query over
 * a file, `check` of a pipeline, the question of `run --fresh`, and the public names from TypeScript. It ends with the error of
 * the first step that fails.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const INSTALL_LIMIT_MS = 180_000
const INSTALL_ATTEMPTS = 3

const folder = process.argv[2]
if (folder === undefined) throw new Error('usage: node tools/try-package.ts FOLDER')
const typescript = resolve('node_modules/.bin/tsc')
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
if (tarball === undefined) throw new Error(`no .tgz in ${folder}`)

/** The repository's own tools are not on the PATH. */
const repositoryTools = resolve('node_modules/.bin')
const path = (process.env.PATH ?? '').split(':').filter((entry) => resolve(entry) !== repositoryTools)
/** The Node that runs this, as the system's own may be older. */
const node = dirname(process.execPath)
const env = { ...process.env, PATH: [join(folder, 'node_modules/.bin'), node, ...path].join(':') }
function run(command: string, ...args: string[]): string {
  process.stdout.write(`$ ${command} ${args.join(' ')}\n`)
  const output = execFileSync(command, args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  process.stdout.write(output)
  return output
}
/** npm waits for a registry that says nothing for as long as it says nothing: so each try has a limit. */
function install(...packages: readonly string[]): void {
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline', ...packages]
  for (let attempt = 1; attempt <= INSTALL_ATTEMPTS; attempt++) {
    process.stdout.write(`$ npm ${args.join(' ')}\n`)
    const { status } = spawnSync('npm', args, {
      cwd: folder,
      env,
      stdio: 'inherit',
      timeout: INSTALL_LIMIT_MS,
      killSignal: 'SIGKILL',
    })
    if (status === 0) return
  }
  throw new Error(`npm install failed ${INSTALL_ATTEMPTS} times`)
}
function expect(claim: boolean, meaning: string): void {
  if (!claim) throw new Error(`the packed package: ${meaning}`)
}

writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
install(`./${tarball}`, '@types/node@24')

expect(run('npx', 'tailrace', '--version').trim() === version, '--version tells another version')

writeFileSync(
  join(folder, 'access.log'),
  ['/a', '/b', '/a']
    .map((target, second) => `h - - [01/Jul/1995:00:00:0${second} -0400] "GET ${target} HTTP/1.0" 200 5\n`)
    .join(''),
)
const sql = 'SELECT http_method, COUNT(*) AS hits FROM log GROUP BY http_method'
for (const time of ['first', 'second']) {
  // The second run uses the code that the first one compiled.
  const rows = run('npx', 'tailrace', 'query', sql, 'access.log', '-o', 'ndjson')
  expect(rows.trim() === '{"http_method":"GET","hits":3}', `the query gave other rows the ${time} time`)
}

writeFileSync(
  join(folder, 'pipeline.ts'),
  `import { definePipeline } from 'tailrace'

export const pipeline = definePipeline({
  version: 1,
  name: 'packed',
  sources: { log: { file: 'access.log', to: 'lines' } },
  topics: { lines: { format: 'common' } },
  queries: { slow: 'SELECT host, target FROM lines WHERE status >= 500' },
  sinks: { screen: { from: 'slow', console: {} } },
})
`,
)
run('npx', 'tailrace', 'check', 'pipeline.ts')
run('npx', 'tailrace', 'run', 'pipeline.ts', '--until-end')
const again = 'npx tailrace run pipeline.ts --until-end --fresh'
const asked = spawnSync('script', ['-qec', again, '/dev/null'], { cwd: folder, env, input: 'n\n', encoding: 'utf8' })
if (asked.error !== undefined)
  process.stdout.write('NOT TESTED: there is no program `script`, so no terminal for --fresh\n')
else expect(asked.stdout.includes('nothing was removed'), `--fresh did not ask: ${asked.stdout}`)
const language = '--target es2024 --module nodenext --types node --strict --skipLibCheck --noEmit --ignoreConfig'
run(typescript, ...language.split(' '), 'pipeline.ts')
expect(readFileSync(join(folder, 'node_modules/tailrace/dist/pipeline.schema.json'), 'utf8').length > 100, 'no schema')
process.stdout.write('the packed package works\n')
