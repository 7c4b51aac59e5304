/**
 * Builds what is published: `dist/` has the command line, the public names with their types, and the JSON Schema of the
 * pipeline file. Parts that the source imports lazily stay files of their own, so that `tailrace --version` loads one.
 *
 * Old files are left in place, so that a tailrace that is running can still load its parts; `--clean` removes them.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type BuildOptions, build, type Plugin } from 'esbuild'

/** Their parts stay files of their own. */
const entries = { 'cli/main': 'src/cli/main.ts', index: 'src/index.ts' }
/** One file each, with all that they need: to load twelve parts one by one takes longer than to run most queries. */
const whole = { 'cli/query-main': 'src/cli/query-main.ts', 'runner/worker': 'src/runner/worker.ts' }

/** A worker is started by its address. In `dist/` every file that starts one lies one folder deep, as the worker does. */
const workerAddress: Plugin = {
  name: 'worker-address',
  setup(building) {
    building.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      const contents = source.replace(
        /new URL\('[^']*\bworker\.ts', import\.meta\.url\)/,
        `new URL('../runner/worker.js', import.meta.url)`,
      )
      return contents === source ? undefined : { contents, loader: 'ts' }
    })
  },
}

/** Who imports what is built as one file finds it beside. */
const builtWhole: Plugin = {
  name: 'built-whole',
  setup(building) {
    building.onResolve({ filter: /query-main\.ts$/ }, () => ({ path: './query-main.js', external: true }))
  },
}

const OPTIONS: BuildOptions & { metafile: true } = {
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // Found by its name at run time, as it is compiled for each processor. All else is built in: to look for two hundred
  // small files and to load them takes longer than to start.
  external: ['@node-rs/crc32'],
  mainFields: ['module', 'main'],
  // What is CommonJS asks for Node's own modules in this way.
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  metafile: true,
  logLevel: 'warning',
}

async function buildScripts(): Promise<void> {
  const plugins = [workerAddress]
  const built = await Promise.all([
    build({
      ...OPTIONS,
      entryPoints: entries,
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
      plugins: [...plugins, builtWhole],
    }),
    build({ ...OPTIONS, entryPoints: whole, plugins }),
  ])
  for (const file of built.flatMap(({ metafile }) => Object.keys(metafile.outputs))) {
    const misplaced = file.split('/').length !== 3 && readFileSync(file, 'utf8').includes('../runner/worker.js')
    if (misplaced) throw new Error(`${file} starts a worker, but is not one folder deep`)
  }
  chmodSync('dist/cli/main.js', 0o755)
  writeLicenses(built.flatMap(({ metafile }) => Object.keys(metafile.inputs)))
}

/** The licences of the packages that are built in, which ask for that. */
function writeLicenses(inputs: readonly string[]): void {
  const packages = inputs.flatMap((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? [])
  const texts = [...new Set(packages)].sort().map((name) => {
    return `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8').trim()}\n`
  })
  writeFileSync('dist/third-party-licenses.txt', texts.join(`\n${'-'.repeat(80)}\n\n`))
}

/** Only the public names and what they mention; types were checked before (`npm run typecheck`). */
function buildTypes(): void {
  const options = '--declaration --emitDeclarationOnly --noEmit false --noCheck --rootDir src --outDir dist'
  const language = '--target es2024 --module nodenext --types node --strict --skipLibCheck'
  const imports = '--allowImportingTsExtensions --rewriteRelativeImportExtensions'
  const args = `${options} ${language} ${imports} --ignoreConfig ${entries.index}`.split(' ')
  execFileSync('node_modules/.bin/tsc', args, { stdio: 'inherit' })
}

async function buildSchema(): Promise<void> {
  const { pipelineJsonSchema } = await import('../src/pipeline/schema.ts')
  writeFileSync('dist/pipeline.schema.json', `${JSON.stringify(pipelineJsonSchema(), null, 2)}\n`)
}

const started = performance.now()
if (process.argv.includes('--clean')) rmSync('dist', { recursive: true, force: true })
try {
  await buildScripts()
  buildTypes()
  await buildSchema()
  writeFileSync('dist/.built', '')
  process.stderr.write(`built dist/ in ${Math.round(performance.now() - started)} ms\n`)
} catch (error) {
  // esbuild and tsc have said where.
  process.stderr.write(`the build failed: ${(error as Error).message.split('\n')[0]}\n`)
  process.exitCode = 1
}
