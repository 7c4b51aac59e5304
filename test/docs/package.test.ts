/** What is published: the pages come along, and their links lead to files that do. */
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { readDocument } from './markdown.ts'

/** The files of the package, without those that the build makes. */
const packed = (): readonly string[] => {
  const [found] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8', stdio: 'pipe' }),
  )
  return found.files.map(({ path }: { path: string }) => path)
}

test('every link of a page in the package leads to a file in the package', () => {
  const files = packed()
  const pages = files.filter((path) => path.endsWith('.md'))
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/README.md', 'docs/language.md', 'SECURITY.md']))
  const lost = pages.flatMap((page) =>
    [...readDocument(page).matchAll(/\]\(([^)\s#:]+)(?:#[^)\s]*)?\)/g)]
      .map(([, path = '']) => normalize(join(dirname(page), path)))
      .filter((target) => !files.some((file) => file === target || (target.endsWith('/') && file.startsWith(target))))
      .map((target) => `${page}: ${target}`),
  )
  expect(lost).toEqual([])
})

test('nothing that a pipeline has written is in the package', () => {
  const written = packed().filter((path) => /\.tailrace\/|\/out\/|\/archive\/|\.(log|csv|ndjson)$/.test(path))
  // A table that is looked up.
  expect(written).toEqual(['examples/ip-logs/ports.csv'])
})

test('docs/README.md lists every page and every decision', () => {
  const index = readDocument('docs/README.md')
  const links = [...index.matchAll(/\]\(([^)#]+)/g)].map(([, path]) => path)
  const pages = readdirSync('docs').filter((name) => name.endsWith('.md') && name !== 'README.md')
  const decisions = readdirSync('docs/decisions').map((name) => `decisions/${name}`)
  expect([...pages, ...decisions].filter((page) => !links.includes(page))).toEqual([])
})

test('the numbers of decisions are given once', () => {
  const numbers = readdirSync('docs/decisions').map((name) => name.slice(0, 3))
  expect(new Set(numbers).size).toBe(numbers.length)
})
