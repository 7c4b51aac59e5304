/**
 * The single file that `make binary` makes, on a machine with nothing else: a root of its own with the libraries of C and C++, and
 * no Node. What a program usually loads from beside it has to work: threads, WebAssembly, code that is loaded late, compiled CRC-32C.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { accessLines, DAY } from '../access-line.ts'
import { demo } from '../cli/demo.ts'
import { startProgram } from '../cli/tailrace.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 })

const BINARY = 'build/tailrace'
/** A root is entered by the system's `chroot`, which only root may call. */
const isRoot = process.getuid?.() === 0

let root: ReturnType<typeof temporaryFolder>

beforeAll(() => {
  if (!existsSync('dist/.built')) execFileSync(process.execPath, ['tools/build.ts'], { stdio: 'pipe' })
  execFileSync(process.execPath, ['tools/binary.ts'], { stdio: 'pipe' })
  root = temporaryFolder()
  const loaded = [BINARY, ...globSync('node_modules/@node-rs/crc32-*/*.node')]
  const libraries = loaded.flatMap((file) =>
    [
      ...execFileSync('ldd', [file])
        .toString()
        .matchAll(/(\/\S+) \(0x/g),
    ].map(([, path]) => path ?? ''),
  )
  expect(libraries.length).toBeGreaterThan(4)
  for (const path of libraries) {
    mkdirSync(join(root.path, dirname(path)), { recursive: true })
    copyFileSync(path, join(root.path, path))
    chmodSync(join(root.path, path), 0o755)
  }
  copyFileSync(BINARY, join(root.path, 'tailrace'))
  for (const folder of ['home', 'tmp', 'site']) mkdirSync(join(root.path, folder))
})
afterAll(() => root?.[Symbol.dispose]())

const ENVIRONMENT = { HOME: '/home', PATH: '/', NO_COLOR: '1' }
const at = (name: string) => join(root.path, 'site', name)
/** Runs it in the root; paths of its arguments begin there. */
const run = (...args: readonly string[]) =>
  spawnSync('/usr/sbin/chroot', [root.path, '/tailrace', ...args], {
    env: ENVIRONMENT,
    encoding: 'utf8',
    timeout: 100_000,
  })

test.skipIf(!isRoot)('it tells its version, and unpacks itself once, for its user alone', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string }
  expect(run('--version')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' })
  const cache = join(root.path, 'home/.cache/tailrace')
  const [folder = ''] = readdirSync(cache).filter((name) => name.startsWith('binary-'))
  expect(statSync(cache).mode & 0o777).toBe(0o700)
  const program = join(cache, folder, 'dist/cli/main.cjs')
  const { mtimeMs } = statSync(program)
  expect(run('version')).toMatchObject({ status: 0, stdout: `${version}\n` })
  expect(statSync(program).mtimeMs).toBe(mtimeMs)
  expect(readdirSync(cache).filter((name) => name.startsWith('unpacking-'))).toEqual([])

  // Anybody could have put something in: it is not run from there.
  chmodSync(cache, 0o777)
  expect(run('version')).toMatchObject({ status: 0, stdout: `${version}\n` })
  expect(readdirSync(join(root.path, 'tmp')).some((name) => name.startsWith('tailrace-'))).toBe(true)
  chmodSync(cache, 0o700)
})

test.skipIf(!isRoot)('a question to a large file is answered by several threads', () => {
  const lines = accessLines(1000, DAY)
  writeFileSync(at('access.log'), lines.repeat(Math.ceil((40 << 20) / lines.length)))
  const asked = run('query', '--workers', '2', '-o', 'csv', 'SELECT COUNT(*) AS n FROM log', '/site/access.log')
  expect(asked).toMatchObject({ status: 0, stdout: `n\n${1000 * Math.ceil((40 << 20) / lines.length)}\n` })
})

test.skipIf(!isRoot)('a pipeline writes to files and to SQLite, whose thread is a file, and its log is whole', () => {
  writeFileSync(at('access.log'), accessLines(130, DAY))
  const table = '  rows: { from: paths, sqlite: { path: out/rows.db, table: paths } }\n'
  writeFileSync(at('p.yaml'), demo('file: access.log', table))
  expect(run('run', '/site/p.yaml', '--until-end')).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('130 lines in'),
  })
  expect(readFileSync(at('out/paths.ndjson'), 'utf8').trim().split('\n')).toHaveLength(3)
  expect(statSync(at('out/rows.db')).size).toBeGreaterThan(0)
  expect(run('fsck', '/site/p.yaml')).toMatchObject({ status: 0 })
})

test.skipIf(!isRoot)(
  'clients that are loaded late are there: fastify, prom-client, those of Kafka and Cassandra',
  async () => {
    writeFileSync(at('served.yaml'), demo('tcp: 127.0.0.1:0').replace('out/', 'served/out/'))
    const args = [
      root.path,
      '/tailrace',
      'run',
      '/site/served.yaml',
      '--listen',
      '127.0.0.1:0',
      '--data',
      '/site/served',
    ]
    const served = startProgram('/usr/sbin/chroot', args, undefined, ENVIRONMENT)
    const serving = await served.port(/^dashboard: http:/)
    await served.line(/^demo runs/)
    const scrape = await fetch(`http://127.0.0.1:${serving}/metrics`)
    expect(await scrape.text()).toContain('tailrace_ready{pipeline="demo"} 1')
    expect(await served.stop()).toMatchObject({ code: 0 })

    // A port that nobody listens on.
    const free = createServer().listen(0, '127.0.0.1')
    await new Promise((listening) => free.on('listening', listening))
    const { port } = free.address() as { readonly port: number }
    await new Promise((closed) => free.close(closed))
    const store = `  store:\n    from: paths\n    cassandra: { contact_points: "127.0.0.1:${port}", keyspace: k, table: t }\n`
    writeFileSync(
      at('stores.yaml'),
      demo('file: access.log', store).replace('name: demo', `name: demo\nbus: kafka://127.0.0.1:${port}`),
    )
    const checked = run('check', '/site/stores.yaml', '--connect')
    expect(checked.status).toBe(1)
    expect(checked.stderr).toContain(`the Kafka broker at 127.0.0.1:${port} does not listen`)
    expect(checked.stderr).toContain(`cannot reach Cassandra: no node listens (127.0.0.1:${port})`)
    expect(checked.stdout + checked.stderr).not.toMatch(/Cannot find module|is not installed/)
  },
)
