/**
 * Writes docs/promises.md from the tests: `node tools/promises-page.ts`. A promise is a comment above the test that holds it;
 * another test that holds it too names it:
 *
 *     // Promise kill-9: A record that was acknowledged is not lost by `kill -9`.        above the first test
 *     // Holds kill-9.                                                                  above any other
 *
 * A promise that nothing leads to needs no name: `// Promise: …`. A sentence of the documents that makes a promise ends in a link to it, `[✓](promises.md#kill-9)`. A test fails if a link has
 * no promise, if a promise has no test, or if the page is not up to date.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export type Promised = {
  readonly id: string
  readonly sentence: string
  readonly tests: readonly HeldBy[]
}

/** A test: its file, and its title as it stands in the source. */
export type HeldBy = { readonly path: string; readonly title: string }

/** Where a document makes a promise. */
export type MadeIn = { readonly page: string; readonly heading: string; readonly id: string }

/** The beginning of a mark, in a line of a comment. Its sentence goes on to the next mark or the end of the comment. */
const MARK = /^(Promise|Holds)(?: ([a-z0-9-]+))?(?:: (.*)|\.)$/
const COMMENT = /^[ \t]*\/\/ ?(.*)$/
/** The head of a test, of a contract, or of a function that makes tests. */
const TEST = /^\s*(?:test|describe|expect|\w+Contract)\w*[.(]/
/** Its title: behind a table of cases or a condition if there is one, else the first text; else the name of what it is about. */
const TITLES = [/\)\(\s*(['`])((?:[^\\]|\\.)*?)\1/, /(['`])((?:[^\\]|\\.)*?)\1/, /()\(\s*(\w+)/]
/** Words of a sentence that name it. */
const NAME_WORDS = 8
const LINK = /\[✓\]\((?:[^()#\s]*\/)?promises\.md#([a-z0-9-]+)\)/g

/** The promises of these tests, by path. Throws where one has no test below it, is made twice, or is held and not made. */
export function promisesOf(tests: ReadonlyMap<string, string>): readonly Promised[] {
  const marks = [...tests].flatMap(([path, source]) => marksIn(path, source))
  const made = new Map<string, { sentence: string; tests: HeldBy[] }>()
  for (const { id, sentence, path } of marks) {
    if (sentence === undefined) continue
    if (made.has(id)) throw new Error(`${path}: the promise ${id} is made twice`)
    made.set(id, { sentence, tests: [] })
  }
  for (const { id, path, title } of marks) {
    const promise = made.get(id)
    if (promise === undefined) throw new Error(`${path}: there is no promise ${id}: "// Promise ${id}: …" makes it`)
    promise.tests.push({ path, title })
  }
  return [...made].map(([id, promise]) => ({ id, ...promise }))
}

/** A mark with the test below it. One that only holds a promise has no sentence. */
type Mark = HeldBy & { readonly id: string; sentence: string | undefined }

function marksIn(path: string, source: string): readonly Mark[] {
  const lines = source.split('\n')
  let open: { id: string; sentence: string | undefined }[] = []
  return lines.flatMap((line, at) => {
    const text = COMMENT.exec(line)?.[1]
    const [mark, , id, sentence] = MARK.exec(text ?? '') ?? []
    const last = open.at(-1)
    if (mark !== undefined) open.push({ id: id ?? slugOf(sentence ?? ''), sentence })
    else if (text !== undefined && last?.sentence !== undefined) last.sentence += ` ${text}`
    if (text !== undefined || open.length === 0) return []
    const title = titleBelow(lines.slice(at, at + 12).join('\n'))
    if (title === undefined) throw new Error(`${path}:${at + 1}: no test stands below the promise ${open[0]?.id}`)
    const marks = open.map((mark) => ({ ...mark, path, title }))
    open = []
    return marks
  })
}

/** The name of a promise that has none: its first words. */
const slugOf = (sentence: string): string =>
  sentence
    .toLowerCase()
    .replaceAll(/[^a-z0-9 ]/g, '')
    .split(' ')
    .filter((word) => word !== '')
    .slice(0, NAME_WORDS)
    .join('-')

function titleBelow(source: string): string | undefined {
  if (!TEST.test(source)) return undefined
  const [head = ''] = source.split(/\) =>|\w =>|, async/)
  const found = TITLES.map((title) => title.exec(head)?.[2]).find((title) => title !== undefined)
  return found?.replaceAll(/\\(['`\\])/g, '$1')
}

/** The links of a document to promises, each with the heading above it. */
export function promisesIn(page: string, text: string): readonly MadeIn[] {
  let heading = page
  return text.split('\n').flatMap((line) => {
    heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading
    return [...line.matchAll(LINK)].map(([, id = '']) => ({ page, heading, id }))
  })
}

const INTRODUCTION = `# Promises

What README and the other pages promise, and the test that holds each. Made from the tests by \`node tools/promises-page.ts\`: a
promise is a comment above its test. In the pages, a ✓ behind a sentence leads here. The build fails if a ✓ has no
test.
`

/** The text of the page. Promises that no other page makes are at the end, by the folders of their tests. */
export function promisesPage(promises: readonly Promised[], places: readonly MadeIn[]): string {
  const byId = new Map(promises.map((promise) => [promise.id, promise]))
  const left = new Set(promises)
  const sections = new Map<string, Promised[]>()
  for (const { page, heading, id } of places) {
    const promise = byId.get(id)
    if (promise === undefined) throw new Error(`${page}, under "${heading}": no test makes the promise ${id}`)
    if (!left.delete(promise)) continue
    const title = heading.replaceAll(/[`*]/g, '')
    sections.set(title, [...(sections.get(title) ?? []), promise])
  }
  for (const promise of left) {
    const room = `In ${dirname(promise.tests[0]?.path ?? '')}`
    sections.set(room, [...(sections.get(room) ?? []), promise])
  }
  const parts = [...sections].map(([title, found]) => `## ${title}\n\n${found.map(entryOf).join('\n')}`)
  return `${[INTRODUCTION, ...parts].join('\n')}`
}

function entryOf({ id, sentence, tests }: Promised): string {
  const links = tests.map(({ path, title }) => `  - \`${path}\`: ${title.replaceAll(/([<>|])/g, '\\$1')}`)
  return `- <a id="${id}"></a>${sentence}\n${links.join('\n')}\n`
}

/** Texts by path, from the root of the repository. */
const readAll = (patterns: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    globSync(patterns)
      .sort()
      .map((path) => [path, readFileSync(path, 'utf8')]),
  )

/** The page as it should be. Contracts that several tests run are among the tests. */
export function currentPage(): string {
  const tests = readAll(['{src,tools}/**/*.test.ts', 'test/**/*.ts'])
  // What the contracts say comes first; README repeats some of it.
  const pages = readAll(['docs/*.md', '*.md', 'examples/*/README.md'])
  const ordered = [...pages].filter(([page]) => page !== 'docs/promises.md').sort(([a], [b]) => rank(a) - rank(b))
  return promisesPage(
    promisesOf(tests),
    ordered.flatMap(([page, text]) => promisesIn(page, text)),
  )
}

const FIRST = ['docs/contracts.md', 'docs/operations.md', 'docs/sources-and-sinks.md']
const rank = (page: string): number => (FIRST.includes(page) ? FIRST.indexOf(page) : page.startsWith('docs/') ? 8 : 9)

if (import.meta.main) writeFileSync('docs/promises.md', currentPage())
