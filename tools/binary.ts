/**
 * Makes `build/tailrace` of `dist/`: one file that needs no Node, for machines of this one's kind (`make binary`). Beside it lie the
 * licences of what it has in it: Node's own, and those of the packages.
 *
 * A package that is not built into the scripts, as it is compiled or optional, comes along as it is installed here.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { inject } from 'postject'

const FOLDER = 'build'
const BINARY = join(FOLDER, 'tailrace')
/** Where Node looks for what was put into it, and the mark by which it knows that something was: as its documentation says. */
const RESOURCE = 'NODE_SEA_BLOB'
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

type Manifest = {
  readonly dependencies?: { readonly [name: string]: string }
  readonly optionalDependencies?: { readonly [name: string]: string }
}
const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/** The scripts of the last build: `dist/` may have programs of earlier ones, too. */
function scripts(): readonly string[] {
  const main = readFileSync('dist/cli/main.cjs', 'utf8')
  return globSync('dist/**/*.cjs').filter((path) => {
    const [name] = /(?:program|query|check)-[A-Z\d]+\.cjs$/.exec(path) ?? []
    return name === undefined || main.includes(name)
  })
}

/** The folders of packages, and of all that they need. */
function closureOf(names: readonly string[]): readonly string[] {
  const found = new Set<string>()
  const walk = (name: string): void => {
    const folder = `node_modules/${name}`
    // Optional packages are there for some processors only.
    if (found.has(folder) || !existsSync(folder)) return
    found.add(folder)
    const { dependencies, optionalDependencies } = manifestOf(folder)
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) walk(next)
  }
  for (const name of names) walk(name)
  return [...found]
}

const isNeeded = (path: string): boolean => statSync(path).isFile() && !/\.(d\.[cm]?ts|map|md|ts)$/i.test(path)

function contents(): readonly string[] {
  const apart = ['@node-rs/crc32', ...Object.keys(manifestOf('.').optionalDependencies ?? {})]
  const packages = closureOf(apart).flatMap((folder) => globSync(`${folder}/**/*`).filter(isNeeded))
  return ['package.json', 'dist/pipeline.schema.json', ...scripts(), ...packages].sort()
}

function writeContents(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files) hash.update(file).update(readFileSync(file))
  const path = join(FOLDER, 'contents.json')
  writeFileSync(path, JSON.stringify({ hash: hash.digest('hex').slice(0, 16), files }))
  return path
}

/** What Node puts into itself: the script that it starts with, and files. */
async function makeBlob(files: readonly string[]): Promise<Buffer> {
  const main = join(FOLDER, 'binary.cjs')
  await build({
    entryPoints: ['src/built/binary.ts'],
    outfile: main,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    logLevel: 'warning',
  })
  const output = join(FOLDER, 'binary.blob')
  const assets = Object.fromEntries([...files, 'contents.json'].map((file) => [file, file]))
  const config = {
    main,
    output,
    disableExperimentalSEAWarning: true,
    assets: { ...assets, 'contents.json': writeContents(files) },
  }
  writeFileSync(join(FOLDER, 'binary.json'), JSON.stringify(config))
  execFileSync(process.execPath, ['--experimental-sea-config', join(FOLDER, 'binary.json')], { stdio: 'pipe' })
  return readFileSync(output)
}

/** Node's own licence, with those of what it is made of: it lies beside the program that npm's package `node` has brought. */
function nodeLicense(): string {
  const [found] = globSync('node_modules/node/node_modules/node-*/LICENSE')
  if (found === undefined) throw new Error('the licence of Node is not in node_modules/node: install it with npm ci')
  return found
}

mkdirSync(FOLDER, { recursive: true })
const files = contents()
const blob = await makeBlob(files)
copyFileSync(process.execPath, BINARY)
chmodSync(BINARY, 0o755)
await inject(BINARY, RESOURCE, blob, { sentinelFuse: FUSE })
cpSync(nodeLicense(), join(FOLDER, 'node-license.txt'))
cpSync('dist/third-party-licenses.txt', join(FOLDER, 'third-party-licenses.txt'))
cpSync('dist/sbom.cdx.json', join(FOLDER, 'sbom.cdx.json'))
process.stderr.write(
  `made ${BINARY}: ${Math.round(statSync(BINARY).size / 2 ** 20)} MiB, with Node ${process.version}\n`,
)
