/** Checks the layout and style of the source, so that no reviewer has to. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { codeOf, commentsOf, exportsOf, functionsOf, importsOf } from './source-scan.ts'

/** A folder imports only from itself and from those before it. */
const LAYERS =
  'base regex kernel bytes record data client format template terminal page bus sql engine source sink table alert topic pipeline flink runner query history run testing verify server cli built'.split(
    ' ',
  )
const MAX_FILE_LINES = 300
const MAX_FUNCTION_LINES = 70
const MAX_FOLDER_FILES = 25
/** More files with one beginning of their names, `NAME.ts` and `NAME-….ts`, belong into a folder. */
const MAX_SHARED_PREFIX = 3
const MAX_PARAMETERS = 4
/**
 * Loops over ranges of arrays: called for each block of rows, they take the range as parameters, as an object for each call
 * would cost more than the loop over a short range.
 */
const LOOPS = new Set<string>(
  `accumulate merge appendEntries pickEntries findEntries compareCells equalBytes compareBytes copyBytes copy
  compareDoubles compareInts compareOthers compareBigints orderStrings safeLoop`.split(/\s+/),
)
/** A name of both a format and a sink, and that of each program. */
const SHARED_NAMES = ['csv', 'main']
/**
 * Turns of phrase that a reader has to read twice. The subject of a sentence is a noun: "a reader that forgets", not "who
 * forgets"; a number has a name: "`count` rows", not "so many".
 */
const ARCHAIC = [
  /\bso many\b/i,
  /\bso long\b(?! as)/i,
  /\btold of\b/i,
  /\bof before\b/i,
  /\bbut for\b/i,
  /\bwhoever\b/i,
  /\b(of|for|from|to) who\b/i,
  /(^|[.;:] |`)Who (?![^.]*\?)/,
  /\b(is|are) to be\b/i,
  /\b(had (by|alone)|as (it lies|they lie)|whereof|thereof)\b/i,
]
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
/** The dashboard, which the browser runs. */
const pages = files.filter((path) => /^web\/.*\.tsx?$/.test(path))
const pageProducts = pages.filter((path) => !/\.test\.tsx?$/.test(path))
const code = new Map(products.map((path) => [path, codeOf(read(path))]))
const importsFrom = (paths: readonly string[]): ReadonlyMap<string, readonly string[]> =>
  new Map(paths.map((path) => [path, importsOf(read(path)).map((to) => join(dirname(path), to))]))
const imports = importsFrom(products)
const pageImports = importsFrom(pageProducts)

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

test('the dashboard knows only types of the program, and only those of the server and of pages', () => {
  const foreign = [...pageImports].flatMap(([from, targets]) =>
    targets
      .filter((to) => to.startsWith('src/'))
      .filter((to) => !/^src\/(server|page)\//.test(to) || !onlyTypes(read(from), to))
      .map((to) => `${from} imports ${to}`),
  )
  expect(foreign).toEqual([])
  const back = [...imports].flatMap(([from, targets]) => targets.filter((to) => to.startsWith('web/')).map(() => from))
  expect(back).toEqual([])
})

/** Whether each import of this file is one of types. */
function onlyTypes(source: string, to: string): boolean {
  const found = [...source.matchAll(/^import (type )?[^'"]*?'([^']+)'/gm)].filter(([, , path]) => path?.endsWith(to))
  return found.length > 0 && found.every(([, type]) => type !== undefined)
}

test('nothing imports in a circle, types included', () => {
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' -> '))
    if (done.has(path) || way.includes(path)) return
    for (const next of imports.get(path) ?? pageImports.get(path) ?? []) visit(next, [...way, path])
    done.add(path)
  }
  for (const path of [...products, ...pageProducts]) visit(path, [])
  expect(circles).toEqual([])
})

test('query does not load the reader of pipeline files: it would cost more than a small query', () => {
  const reached = new Set<string>()
  const walk = (path: string): void => {
    if (reached.has(path)) return
    reached.add(path)
    // Imports of types are gone when the program runs; what is imported on the way is loaded where it is needed.
    const source = read(path).replaceAll(/^(import|export) type [^']*'[^']*'|\bimport\('[^']*'\)/gm, '')
    for (const to of importsOf(source)) walk(join(dirname(path), to))
  }
  walk('src/cli/query.ts')
  expect(reached.size).toBeGreaterThan(50)
  expect([...reached].filter((path) => /^import (?!type).*'(zod|yaml|croner)'/m.test(read(path)))).toEqual([])
})

test(`a file has at most ${MAX_FILE_LINES} lines`, () => {
  const long = [...sources, ...pages].map((path) => ({ path, lines: read(path).trimEnd().split('\n').length }))
  expect(long.filter(({ lines }) => lines > MAX_FILE_LINES)).toEqual([])
})

test(`a function has at most ${MAX_FUNCTION_LINES} lines`, () => {
  const long = [...products, ...pageProducts].flatMap((path) =>
    functionsOf(read(path)).map((found) => ({ path, ...found })),
  )
  expect(long.length).toBeGreaterThan(100)
  expect(long.filter(({ lines }) => lines > MAX_FUNCTION_LINES)).toEqual([])
})

test(`a function has at most ${MAX_PARAMETERS} parameters, except for the named loops`, () => {
  const found = [...products, ...pageProducts]
    .filter((path) => !path.startsWith('src/kernel/assembly/'))
    .flatMap((path) => functionsOf(read(path)).map((one) => ({ ...one, path })))
    .filter(({ parameters }) => parameters > MAX_PARAMETERS)
  const nameOf = (head: string) =>
    /(?:function |const |#)?(\w+)(?:<[^(]*>)?\s*(?:=\s*(?:async )?)?\(/.exec(head)?.[1] ?? ''
  const named = found.map((one) => ({ ...one, name: nameOf(one.head) }))
  expect(named.filter(({ name }) => !LOOPS.has(name)).map(({ path, line, name }) => `${path}:${line} ${name}`)).toEqual(
    [],
  )
  expect([...LOOPS].filter((name) => named.every((one) => one.name !== name))).toEqual([])
})

test(`a folder has at most ${MAX_FOLDER_FILES} files, and files that share a prefix are a folder`, () => {
  const folders = Map.groupBy([...products, ...pageProducts], dirname)
  expect([...folders].filter(([, paths]) => paths.length > MAX_FOLDER_FILES).map(([folder]) => folder)).toEqual([])
  const shared = [...folders].flatMap(([folder, paths]) => {
    const prefixes = Map.groupBy(paths, (path) => basename(path).replace(/[-.].*$/, ''))
    return [...prefixes].filter(([, some]) => some.length > MAX_SHARED_PREFIX).map(([prefix]) => `${folder}/${prefix}-`)
  })
  expect(shared).toEqual([])
})

const exportsIn = (paths: readonly string[]) =>
  paths.flatMap((path) => exportsOf(read(path)).map((one) => ({ ...one, path })))
const exported = exportsIn(products.filter((path) => !path.startsWith('src/kernel/assembly/')))

test('an exported name means one thing', () => {
  // The program and the dashboard are two worlds: `Count` is an operator here and an element there.
  const worlds = [exported, exportsIn(pageProducts)].flatMap((names) => [...Map.groupBy(names, ({ name }) => name)])
  const doubled = worlds.filter(([name, found]) => found.length > 1 && !SHARED_NAMES.includes(name))
  expect(doubled.map(([name, found]) => `${name}: ${found.map(({ path }) => path).join(', ')}`)).toEqual([])
})

test('exported functions and classes have doc comments', () => {
  const bare = exported.filter(({ kind, isDocumented }) => /function|class/.test(kind) && !isDocumented)
  expect(bare.map(({ path, line, name }) => `${path}:${line} ${name}`)).toEqual([])
})

test('a file that only tests use is named .test-tool.ts', () => {
  const used = new Set([...imports.values(), ...pageImports.values()].flat())
  const entries =
    /^src\/(index|cli\/main|built\/(main|binary|worker|[a-z-]*program)|query\/worker|sink\/sqlite\/thread|kernel\/assembly\/[\w-]+)\.ts$/
  expect(products.filter((path) => !used.has(path) && !entries.test(path) && !path.endsWith('.d.ts'))).toEqual([])
})

test('a file opens with its idea', () => {
  expect(
    [...sources, ...pageProducts].filter((path) => !/\.test\.ts$/.test(path) && !/^(#!.*\n)?\/\*\*/.test(read(path))),
  ).toEqual([])
})

test('names of files and folders say what is inside', () => {
  const banned = files
    .filter((path) => /^(src|web|test|tools|bench|scripts)\//.test(path) && !ALLOWED_NAMES.includes(path))
    .filter((path) => path.split('/').some((part) => BANNED_NAMES.test(part.replace(/\.(tsx?|css)$/, ''))))
  expect(banned).toEqual([])
})

test('time, chance and output are arguments', () => {
  expect(linesWith(/\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bhrtime\b/, ['src/base/clock.ts'])).toEqual([])
  expect(linesWith(/\bMath\.random\b|\bconsole\.\w/)).toEqual([])
})

test('only errors extend a class', () => {
  expect(linesWith(/\bclass \w+(<[^>]*>)? extends (?!Error\b)/)).toEqual([])
})

test('no committed file names a path of the machine it was written on', () => {
  const foreign = new RegExp(['', 'work', ''].join('/').concat('|/', 'root/|/', 'home/\\w'))
  const text = files.filter((path) =>
    /\.(tsx?|css|html|md|json|ya?ml|sh|txt)$|^(Makefile|tailrace|\.ci\/run)$/.test(path),
  )
  expect(text.filter((path) => foreign.test(read(path)))).toEqual([])
})

test('every link in the documents leads to a file', () => {
  const dead = files
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) => {
      const text = read(path).replaceAll(/```[\s\S]*?```/g, '')
      const links = [...text.matchAll(/\]\((?!\w+:|#)([^)\s#]+)[^)\s]*\)/g)].map(([, link]) => link ?? '')
      return links.filter((link) => !existsSync(join(dirname(path), link))).map((link) => `${path}: ${link}`)
    })
  expect(dead).toEqual([])
})

test('comments, docs and test names are plain English', () => {
  const prose = files
    .filter((path) => /^((src|web|test|tools|bench|scripts|docs)\/.*\.(tsx?|md)|[A-Z]+\.md)$/.test(path))
    .flatMap((path) => proseOf(path, read(path)).map((one) => ({ path, ...one })))
  expect(prose.length).toBeGreaterThan(3000)
  const archaic = prose.flatMap(({ path, line, text }) => {
    const words = text.replaceAll(/`[^`]*`|"[^"]*"/g, '…')
    const [phrase] = ARCHAIC.flatMap((pattern) => pattern.exec(words)?.[0] ?? [])
    return phrase === undefined ? [] : [`${path}:${line}: ${phrase}`]
  })
  expect(archaic).toEqual([])
})

type Prose = { readonly line: number; readonly text: string }

/** The comments and test names of a source, or the paragraphs of a document without its code. */
function proseOf(path: string, text: string): readonly Prose[] {
  if (/\.tsx?$/.test(path)) return [...commentsOf(text), ...testNamesOf(text)]
  const lines = text.replaceAll(/^```[\s\S]*?^```/gm, (code) => code.replaceAll(/[^\n]/g, '')).split('\n')
  return lines.map((one, index) => ({ line: index + 1, text: one }))
}

function testNamesOf(source: string): readonly Prose[] {
  const call = /(?:\b(?:test|describe|testWithData)(?:\.\w+)*(?:\([^\n]*\))?|^\s*\]?\))\(\s*(['"`])(.*?)\1,/gm
  return [...source.matchAll(call)].map(({ 2: text = '', index }) => ({
    line: source.slice(0, index).split('\n').length,
    text,
  }))
}
