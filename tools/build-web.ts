/**
 * Builds the dashboard: the modules of `web/`, split so that a page is loaded when it is opened, and one style sheet. Names
 * have a hash of the bytes, so that browsers may keep the files for good; the page itself, `/`, names them.
 *
 * No part of a page is inline: the Content-Security-Policy of the server forbids that.
 */
import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import type { PageAssets } from '../src/page/page-assets.ts'
import type { PageFile, WebScript } from '../src/server/page/assets.ts'

const TYPES: { readonly [ending: string]: string } = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}
const JSX = { jsx: 'automatic', jsxImportSource: 'preact' } as const satisfies BuildOptions
const OPTIONS = {
  bundle: true,
  write: false,
  metafile: true,
  minify: true,
  target: ['chrome123', 'firefox128', 'safari18'],
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
  outdir: 'out',
  entryNames: '[name]-[hash]',
  chunkNames: 'part-[hash]',
  assetNames: '[name]-[hash]',
} as const satisfies BuildOptions

/**
 * Style sheets in the order in which they count: what all pages look like, shared parts, charts, pages. esbuild would load the sheet
 * of a page that is loaded lazily with nothing, so there is one for all.
 */
const SHEETS = [
  'web/style/*.css',
  'web/app/*.css',
  'web/part/**/*.css',
  'web/chart/**/*.css',
  'web/rows/*.css',
  'web/page/**/*.css',
]
/** Those of a page of results. */
const REPORT_SHEETS = [
  'web/style/*.css',
  'web/app/theme-switch.css',
  'web/part/**/*.css',
  'web/chart/**/*.css',
  'web/rows/*.css',
  'web/report/*.css',
]

const sheets = (patterns: readonly string[]): Plugin => ({
  name: 'sheets',
  setup(building) {
    building.onResolve({ filter: /^app\.css$/ }, () => ({ path: 'app.css', namespace: 'sheets' }))
    building.onLoad({ filter: /^app\.css$/, namespace: 'sheets' }, () => {
      const paths = patterns.flatMap((pattern) => globSync(pattern).sort())
      return { contents: paths.map((path) => `@import "./${path}";`).join('\n'), loader: 'css', resolveDir: '.' }
    })
  },
})

type Built = { readonly name: string; readonly bytes: Uint8Array }

/** The files of the dashboard by path, and the source files that they are made of. */
export async function makeWeb(): Promise<{ readonly script: WebScript; readonly inputs: readonly string[] }> {
  const pages = await build({
    ...OPTIONS,
    entryPoints: { app: 'web/main.tsx' },
    format: 'esm',
    splitting: true,
    ...JSX,
  })
  const early = await build({ ...OPTIONS, entryPoints: { theme: 'web/app/early-theme.ts' }, format: 'iife' })
  const sheet = await build({
    ...OPTIONS,
    entryPoints: ['app.css'],
    plugins: [sheets(SHEETS)],
  })
  const icon = readFileSync('web/style/icon.svg')
  const hash = createHash('sha256').update(icon).digest('hex').slice(0, 8)
  const files: readonly Built[] = [
    ...[pages, early, sheet].flatMap(({ outputFiles }) =>
      outputFiles.map(({ path, contents }) => ({ name: basename(path), bytes: contents })),
    ),
    { name: `icon-${hash}.svg`, bytes: icon },
  ]
  const entries = [{ name: 'page.html', bytes: Buffer.from(pageOf(files)) }, ...files]
  const packed = await Promise.all(
    entries.map(async (one) => [one.name === 'page.html' ? '/' : `/${one.name}`, await pack(one)] as const),
  )
  const inputs = [pages, early, sheet].flatMap(({ metafile }) => Object.keys(metafile.inputs))
  return { script: { files: Object.fromEntries(packed) }, inputs }
}

/** `web/page.html` with the names of the files. */
function pageOf(files: readonly Built[]): string {
  return readFileSync('web/page.html', 'utf8').replaceAll(/\{(\w+)\.(\w+)\}/g, (_, name, ending) => {
    const found = files.find((file) => file.name.startsWith(`${name}-`) && file.name.endsWith(`.${ending}`))
    if (found === undefined) throw new Error(`web/page.html names ${name}.${ending}, which was not built`)
    return `/${found.name}`
  })
}

async function pack({ name, bytes }: Built): Promise<PageFile> {
  const type = TYPES[name.split('.').at(-1) ?? '']
  if (type === undefined) throw new Error(`${name}: no content type is known for it`)
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
  const packed = await promisify(brotliCompress)(bytes, { params })
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 16)}"`
  return { type, brotli: packed.toString('base64'), etag }
}

/** Writes the script that has the files in it; gives the source files. */
export async function buildWeb(path: string): Promise<readonly string[]> {
  const { script, inputs } = await makeWeb()
  writeFileSync(path, `module.exports=${JSON.stringify(script)}\n`)
  return inputs
}

/** The script and the style sheet of a page of results, `web/report/`, which go into it, and the source files that they are made of. */
export const makeReport = (): Promise<MadePage> => makeAlone('web/report/main.tsx', REPORT_SHEETS)

export type MadePage = { readonly assets: PageAssets; readonly inputs: readonly string[] }

/** One script and one style sheet for a page that is one file. */
export async function makeAlone(entry: string, patterns: readonly string[] = SHEETS): Promise<MadePage> {
  // Such a page is kept for years, and sent around: it has no letters that a wrong guess of its encoding would change.
  const options = { ...OPTIONS, charset: 'ascii' } as const
  const script = await build({ ...options, ...JSX, entryPoints: { report: entry }, format: 'iife' })
  const sheet = await build({ ...options, entryPoints: ['app.css'], plugins: [sheets(patterns)] })
  const textOf = ({ outputFiles }: { readonly outputFiles: readonly { readonly text: string }[] }): string =>
    outputFiles.map(({ text }) => text).join('')
  const assets = { script: textOf(script), style: textOf(sheet) }
  // Inside of HTML they end at the first tag that ends them, wherever it stands.
  if (/<\/(script|style)|<!--/i.test(assets.script + assets.style)) throw new Error(`${entry} has a tag in a text`)
  return { assets, inputs: [script, sheet].flatMap(({ metafile }) => Object.keys(metafile.inputs)) }
}

/** Writes the script that has them in it, whole at once, as tests may read it meanwhile; gives the source files. */
export async function buildReport(path: string): Promise<readonly string[]> {
  const { assets, inputs } = await makeReport()
  mkdirSync(dirname(path), { recursive: true })
  const whole = `${path}.${process.pid}`
  writeFileSync(whole, `module.exports=${JSON.stringify(assets)}\n`)
  renameSync(whole, path)
  return inputs
}
