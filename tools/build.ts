/**
 * Builds `dist/`, which is published: the command line with its manual page, the public names with their types, and the JSON
 * Schema of the pipeline file. The program is one script, with `query` and `check` as scripts of their own, whose
 * names contain a hash of the build; `cli/main.cjs` is small, so that `tailrace --version` loads little.
 *
 * Programs of earlier builds stay for a day, so that a running tailrace can still start threads; `--clean` removes all.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { buildReport, buildWeb } from './build-web.ts'
import { packagesIn, writeBom, writeLicenses } from './third-party.ts'

const PUBLIC_NAMES = 'src/index.ts'
const DAY_MS = 86_400_000

/** Code that differs between the script and a module. */
const SCRIPTED = [
  // In `dist/` a file that starts a thread is in a folder next to that of the thread's script.
  {
    file: /[\\/]early-thread\.ts$/,
    module: "new URL('./worker.ts', import.meta.url)",
    script: "require('node:path').join(__dirname, '../query/worker.cjs')",
  },
  {
    file: /[\\/]sqlite[\\/]open-writer\.ts$/,
    module: "new URL('./thread.ts', import.meta.url)",
    script: "require('node:path').join(__dirname, '../sqlite/thread.cjs')",
  },
  {
    file: /[\\/]page[\\/]assets\.ts$/,
    module: "createRequire(import.meta.url)('../../../dist/cli/web.cjs')",
    script: "require('./web.cjs')",
  },
  {
    file: /[\\/]page-assets\.ts$/,
    module: "createRequire(import.meta.url)('../../dist/cli/report-page.cjs')",
    script: "require('./report-page.cjs')",
  },
  { file: /[\\/]re2\.ts$/, module: "createRequire(import.meta.url)('re2js')", script: "require('re2js')" },
  { file: /[\\/]browsers\.ts$/, module: "createRequire(import.meta.url)('bowser')", script: "require('bowser')" },
  { file: /[\\/]bots\.ts$/, module: "createRequire(import.meta.url)('isbot')", script: "require('isbot')" },
  // The caller of the script passes this function, as Node warns about imports in a script.
  { file: /[\\/]pipeline[\\/]file[\\/]layer\.ts$/, module: 'await import(', script: 'await importModule(' },
  { file: /[\\/]user-function[\\/]load\.ts$/, module: 'await import(', script: 'await importModule(' },
]

const scripted: Plugin = {
  name: 'scripted',
  setup(building) {
    for (const { file, module, script } of SCRIPTED) {
      building.onLoad({ filter: file }, ({ path }) => {
        const source = readFileSync(path, 'utf8')
        if (source.split(module).length !== 2) throw new Error(`${path} does not say "${module}" once`)
        return { contents: source.replace(module, script), loader: 'ts' }
      })
    }
  },
}

/** The client for Kafka reads this WebAssembly from a file of its package, which a script does not have beside it. */
const builtInCodecs: Plugin = {
  name: 'built-in-codecs',
  setup(building) {
    building.onResolve({ filter: /^@platformatic\/wasm-utils$/ }, ({ path, resolveDir, kind }) =>
      building.resolve(`${path}/bundled`, { resolveDir, kind }),
    )
  },
}

/** Packages that are scripts of their own, by the name of the script: built into the program, they would be loaded at each start. */
const APART: ReadonlyMap<string, string> = new Map([
  ['@platformatic/kafka', 'kafka-client'],
  ['fastify', 'fastify'],
  ['prom-client', 'prom-client'],
  ['re2js', 're2'],
  ['bowser', 'bowser'],
  ['isbot', 'isbot'],
])

const apart: Plugin = {
  name: 'apart',
  setup(building) {
    for (const [name, script] of APART) {
      building.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: `./${script}.cjs`, external: true }))
    }
    building.onResolve({ filter: /^\.\/(web|report-page)\.cjs$/ }, ({ path }) => ({ path, external: true }))
  },
}

/** Loaded when it is called, which is never: it takes 3 ms of each start, and commander calls it for commands that are files. */
const lateProcesses: Plugin = {
  name: 'late-processes',
  setup(building) {
    building.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path: 'child_process', namespace: 'late' } : undefined,
    )
    building.onLoad({ filter: /^child_process$/, namespace: 'late' }, () => ({
      contents: "exports.spawn = (...given) => require('node:child_process').spawn(...given)",
    }))
  },
}

const OPTIONS: BuildOptions & { metafile: true } = {
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node24',
  // Found by their names at run time: the first is compiled for each processor, and the second may be left out. Everything else
  // is built in: loading two hundred small files takes longer than the rest of a start.
  external: ['@node-rs/crc32', 'cassandra-driver', 'nodemailer'],
  mainFields: ['module', 'main'],
  metafile: true,
  logLevel: 'warning',
}
const SCRIPT = {
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  charset: 'ascii',
  // Each start and each thread reads the whole script. Names stay, for the reports of bugs.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 200,
  // Packages look for others from where they are.
  banner: {
    js: "const scriptUrl = require('node:url').pathToFileURL(require('node:path').join(__dirname, 'script.cjs')).href;",
  },
  define: { 'import.meta.url': 'scriptUrl' },
  plugins: [scripted, apart, builtInCodecs, lateProcesses] as Plugin[],
} as const satisfies BuildOptions

/** The programs, by the command that each is for; `program` is for all. */
const PROGRAMS = {
  program: 'src/built/program.ts',
  query: 'src/built/query-program.ts',
  check: 'src/built/check-program.ts',
}

/** Gives the folders of the packages that are built in. */
async function buildScripts(): Promise<readonly string[]> {
  const { programs, inputs } = await buildPrograms()
  const starts = await build({
    ...OPTIONS,
    ...SCRIPT,
    entryPoints: { 'cli/main': 'src/built/main.ts', 'query/worker': 'src/built/worker.ts' },
    define: { ...SCRIPT.define, PROGRAMS: JSON.stringify(programs) },
  })
  const thread = await build({ ...OPTIONS, ...SCRIPT, entryPoints: { 'sqlite/thread': 'src/sink/sqlite/thread.ts' } })
  const others = await build({
    ...OPTIONS,
    ...SCRIPT,
    plugins: [builtInCodecs],
    entryPoints: Object.fromEntries([...APART].map(([name, script]) => [`cli/${script}`, name])),
  })
  const names = await build({
    ...OPTIONS,
    format: 'esm',
    plugins: [builtInCodecs],
    entryPoints: { index: PUBLIC_NAMES },
  })
  const page = [...(await buildWeb('dist/cli/web.cjs')), ...(await buildReport('dist/cli/report-page.cjs'))]
  chmodSync('dist/cli/main.cjs', 0o755)
  removeOld(Object.values(programs))
  const rest = [starts, thread, others, names].flatMap(({ metafile }) => Object.keys(metafile.inputs))
  return packagesIn([...inputs, ...page, ...rest])
}

/** The scripts of commands; gives the files by the command that each is for. */
async function buildPrograms() {
  const built = await Promise.all(Object.entries(PROGRAMS).map(([name, path]) => buildProgram(name, path)))
  const programs: { readonly [name: string]: string } = Object.fromEntries(built.map(({ name, file }) => [name, file]))
  return { programs, inputs: built.flatMap(({ inputs }) => inputs) }
}

async function buildProgram(name: string, path: string) {
  const { metafile } = await build({
    ...OPTIONS,
    ...SCRIPT,
    // The script is one expression, so that it is compiled as it was read: a copy would be made of it with a head and an end.
    banner: { js: `(function (require, module, exports, __dirname, importModule) {${SCRIPT.banner.js}` },
    footer: { js: '})' },
    // Node refuses `import()` in a script that was compiled by hand: each becomes a `require`.
    supported: { 'dynamic-import': false },
    // Editors wait for `check` at each change, and a twentieth of its start is names. What breaks in it is seen by `run` too.
    minifyIdentifiers: name === 'check',
    entryPoints: { [`cli/${name}`]: path },
    entryNames: '[dir]/[name]-[hash]',
  })
  const [script, ...others] = Object.keys(metafile.outputs)
  if (script === undefined || others.length > 0) throw new Error(`the program ${name} is not one script`)
  makeAscii(script)
  return { name, file: basename(script), inputs: Object.keys(metafile.inputs) }
}

/**
 * Escapes what esbuild leaves in regular expressions and comments: the program is read as Latin-1, which costs half of
 * UTF-8, and would misread it. A raw template would show the escape, so there it is refused.
 */
function makeAscii(path: string): void {
  const text = readFileSync(path, 'utf8')
  const raw = /String\.raw`[^`]*[^\0-\x7f][^`]*`/.exec(text)
  if (raw !== null) throw new Error(`${path} has characters that are not ASCII in ${raw[0]}`)
  const escaped = text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  if (escaped !== text) writeFileSync(path, escaped)
}

function removeOld(programs: readonly string[]): void {
  for (const name of readdirSync('dist/cli')) {
    const path = join('dist/cli', name)
    const isOld = Date.now() - statSync(path).mtimeMs > DAY_MS
    if (/^(program|query|check)-/.test(name) && !programs.includes(name) && isOld) rmSync(path)
  }
}

/** Only the public names and the types that they use; types were checked before (`npm run typecheck`). */
function buildTypes(): void {
  const options = '--declaration --emitDeclarationOnly --noEmit false --noCheck --rootDir src --outDir dist'
  const language = '--target es2024 --module nodenext --types node --strict --skipLibCheck'
  const imports = '--allowImportingTsExtensions --rewriteRelativeImportExtensions'
  const args = `${options} ${language} ${imports} --ignoreConfig ${PUBLIC_NAMES}`.split(' ')
  execFileSync('node_modules/.bin/tsc', args, { stdio: 'inherit' })
}

async function buildSchema(): Promise<void> {
  const { pipelineJsonSchema } = await import('../src/pipeline/file/schema.ts')
  writeFileSync('dist/pipeline.schema.json', `${JSON.stringify(await pipelineJsonSchema(), null, 2)}\n`)
}

async function buildManual(): Promise<void> {
  const { commandTree } = await import('../src/cli/tree/command-tree.ts')
  const { loadAll } = await import('../src/cli/load-command.ts')
  const { manualPage } = await import('./manual.ts')
  const { version, description } = JSON.parse(readFileSync('package.json', 'utf8'))
  writeFileSync('dist/tailrace.1', manualPage(commandTree(await loadAll()), version, description))
}

const started = performance.now()
if (process.argv.includes('--clean')) rmSync('dist', { recursive: true, force: true })
try {
  const builtIn = await buildScripts()
  writeLicenses(builtIn)
  const bom = writeBom(builtIn)
  buildTypes()
  await buildSchema()
  await buildManual()
  await bom
  writeFileSync('dist/.built', '')
  process.stderr.write(`built dist/ in ${Math.round(performance.now() - started)} ms\n`)
} catch (error) {
  // esbuild and tsc have printed the place.
  process.stderr.write(`the build failed: ${(error as Error).message.split('\n')[0]}\n`)
  process.exitCode = 1
}
