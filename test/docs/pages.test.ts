/** All pages together: they name every command, every command and option in them exists, every link leads to a heading. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { loadAll } from '../../src/cli/load-command.ts'
import { blocksOf, PAGES, readDocument } from './markdown.ts'

const text = new Map(PAGES.map((page) => [page, readDocument(page)]))
const prose = (page: string): string => (text.get(page) ?? '').replaceAll(/^```[\s\S]*?^```/gm, '')

/** The help of each command, without its examples. */
const helps = new Map((await loadAll()).map(({ command }) => [command.name(), command.helpInformation()]))
const known = [...helps.keys()]

test('every command is described on a page', () => {
  expect(known.length).toBeGreaterThan(5)
  const all = [...text.values()].join('\n')
  expect(known.filter((name) => !new RegExp(`tailrace ${name}\\b`).test(all))).toEqual([])
})

test('every command and option on a page exists', () => {
  const wrong = PAGES.flatMap((page) =>
    blocksOf(text.get(page) ?? '')
      .filter(({ info }) => info === 'sh')
      .flatMap(({ text }) => [...text.matchAll(/\btailrace ([a-z]+\b)([^#\n]*)/g)])
      .flatMap(([line, name = '', rest = '']) => {
        const shown = helps.get(name)
        if (shown === undefined) return [`${page}: ${line}`]
        return [...rest.matchAll(/ (--?[a-z][a-z-]*)/g)]
          .filter(([, option]) => !new RegExp(`^ +.*${option}\\b`, 'm').test(shown))
          .map(([, option]) => `${page}: ${name} ${option}`)
      }),
  )
  expect(wrong).toEqual([])
})

/** The anchor that GitHub makes of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

test('a link into a page leads to a heading or an anchor', () => {
  const lost = PAGES.flatMap((page) =>
    [...prose(page).matchAll(/\]\(([^)\s#:]*)#([^)\s]+)\)/g)]
      .filter(([, path = '', anchor = '']) => {
        const target = path === '' ? page : join(dirname(page), path)
        const headings = [...prose(target).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading ?? ''))
        return !headings.includes(anchor) && !prose(target).includes(`<a id="${anchor}">`)
      })
      .map(([link]) => `${page}: ${link}`),
  )
  expect(lost).toEqual([])
})

test('every source file named on a page exists', () => {
  const lost = PAGES.flatMap((page) =>
    [...prose(page).matchAll(/`([a-z]+\/[\w./-]+\.ts)`/g)]
      .map(([, path = '']) => path)
      .filter((path) => !existsSync(path) && !existsSync(join('src', path)))
      .map((path) => `${page}: ${path}`),
  )
  expect(lost).toEqual([])
})
