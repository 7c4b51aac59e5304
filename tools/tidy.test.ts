/** Checks that the source is laid out as it is meant to be, so that no reviewer has to. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { codeOf, functionsOf, importsOf } from './source-scan.ts'

/** A folder imports only from itself and from those before it. */
const LAYERS =
  'base kernel record data format terminal bus sql engine source sink topic pipeline runner query history run cli built'.split(
    ' ',
  )
const MAX_FILE_LINES = 300
const MAX_FUNCTION_LINES = 70
const BANNED_NAMES = /^(utils?|helpers?|common|misc|types|shared|index)$/
/** The name of a format; the public names of the package. */
const ALLOWED_NAMES = ['src/format/common.ts', 'src/index.ts']

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
  encoding: 'utf8',
})
  .split('\0')
  .filter((path) => path !== '' && existsSync(path))
const read = (path: string): string => readFileSync(path, 'utf8')
const sources = files.filter((path) => /^src\/.*\.ts$/.test(path))
const products = sources.filter((path) => !/\.(test|test-tool)\.ts$/.test(path))
const code = new Map(products.map((path) => [path, codeOf(read(path))]))
const imports = new Map(products.map((path) => [path, importsOf(read(path)).map((to) => join(dirname(path), to))]))

function linesWith(pattern: RegExp, allowed: readonly string[] = []): readonly string[] {
  return [...code].flatMap(([path, text]) =>
    allowed.includes(path)
      ? []
      : text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  )
}

test('a folder imports only from folders before it', () => {
  const layer = (path: string) => {
    const folder = path.split('/')[1] ?? ''
    return folder.endsWith('.ts') ? LAYERS.length : LAYERS.indexOf(folder)
  }
  expect(products.filter((path) => layer(path) < 0)).toEqual([])
  const upward = [...imports].flatMap(([from, targets]) =>
    targets.filter((to) => layer(to) > layer(from)).map((to) => `${from} imports ${to}`),
  )
  expect(upward).toEqual([])
})

test('nothing imports in a circle', () => {
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' -> '))
    if (done.has(path) || way.includes(path)) return
    for (const next of typelessImports(path)) visit(next, [...way, path])
    done.add(path)
  }
  for (const path of products) visit(path, [])
  expect(circles).toEqual([])
})

/** Types alone are gone when the program runs; two files may describe each other's. */
function typelessImports(path: string): readonly string[] {
  const source = read(path).replaceAll(/^(import|export) type [^']*'[^']*'/gm, '')
  return importsOf(source)
    .map((to) => join(dirname(path), to))
    .filter((to) => code.has(to))
}

test('every import is of a file that is there', () => {
  const missing = [...imports].flatMap(([from, targets]) =>
    targets.filter((to) => !existsSync(to)).map((to) => `${from}: ${to}`),
  )
  expect(missing).toEqual([])
})

test('query starts without what reads pipeline files: loading it would cost more than a small query', () => {
  const reached = new Set<string>()
  const walk = (path: string): void => {
    if (reached.has(path)) return
    reached.add(path)
    for (const to of typelessImports(path)) walk(to)
  }
  walk('src/cli/query.ts')
  expect(reached.size).toBeGreaterThan(50)
  expect([...reached].filter((path) => /^import (?!type).*'(zod|yaml|croner)'/m.test(read(path)))).toEqual([])
})

test(`a file has at most ${MAX_FILE_LINES} lines`, () => {
  const long = sources.map((path) => ({ path, lines: read(path).trimEnd().split('\n').length }))
  expect(long.filter(({ lines }) => lines > MAX_FILE_LINES)).toEqual([])
})

test(`a function has at most ${MAX_FUNCTION_LINES} lines`, () => {
  const long = products.flatMap((path) => functionsOf(read(path)).map((found) => ({ path, ...found })))
  expect(long.length).toBeGreaterThan(100)
  expect(long.filter(({ lines }) => lines > MAX_FUNCTION_LINES)).toEqual([])
})

test('a file opens with its idea', () => {
  expect(sources.filter((path) => !/\.test\.ts$/.test(path) && !/^(#!.*\n)?\/\*\*/.test(read(path)))).toEqual([])
})

test('every file and folder has a name that says what is in it', () => {
  const banned = files
    .filter((path) => /^(src|test|tools|bench)\//.test(path) && !ALLOWED_NAMES.includes(path))
    .filter((path) => path.split('/').some((part) => BANNED_NAMES.test(basename(part, '.ts'))))
  expect(banned).toEqual([])
})

test('time, chance and output come in by the front door', () => {
  expect(linesWith(/\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bhrtime\b/, ['src/base/clock.ts'])).toEqual([])
  expect(linesWith(/\bMath\.random\b|\bconsole\.\w/)).toEqual([])
})

test('nothing is exported as default, and nothing extends but errors', () => {
  expect(linesWith(/\bexport default\b/)).toEqual([])
  expect(linesWith(/\bclass \w+(<[^>]*>)? extends (?!Error\b)/)).toEqual([])
})

test('no committed file names a path of the machine it was written on', () => {
  const foreign = new RegExp(['', 'work', ''].join('/').concat('|/', 'root/|/', 'home/\\w'))
  const text = files.filter((path) => /\.(ts|md|json|ya?ml|sh|txt)$|^(Makefile|tailrace|\.ci\/run)$/.test(path))
  expect(text.filter((path) => foreign.test(read(path)))).toEqual([])
})

test('every link in the documents leads somewhere', () => {
  const dead = files
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) =>
      [
        ...read(path)
          .replaceAll(/```[\s\S]*?```/g, '')
          .matchAll(/\]\(([^)\s]+)\)/g),
      ]
        .map(([, link]) => link ?? '')
        .filter((link) => !/^(\w+:|#)/.test(link))
        .filter((link) => !existsSync(join(dirname(path), link.replace(/#.*$/, ''))))
        .map((link) => `${path}: ${link}`),
    )
  expect(dead).toEqual([])
})
