/** docs/api.md has the addresses that there are. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { routes } from '../src/server/routes/all.ts'
import { apiPage } from './api-page.ts'

test('docs/api.md is up to date: node tools/api-page.ts', () => {
  const page = readFileSync('docs/api.md', 'utf8')
  expect(page).toBe(apiPage(page, routes))
})
