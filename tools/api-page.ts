/**
 * Writes the table of addresses in docs/api.md from the routes themselves: `node tools/api-page.ts`. A test fails if the page is not
 * up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import * as z from 'zod'
import type { Route } from '../src/server/routes/route.ts'

const PAGE = 'docs/api.md'
const BEGIN = '<!-- addresses: written by tools/api-page.ts -->\n'
const END = '<!-- end of addresses -->\n'

/** The page with the table of these routes in it. */
export function apiPage(page: string, routes: readonly Route[]): string {
  const [before, rest] = page.split(BEGIN)
  const after = rest?.split(END)[1]
  if (after === undefined) throw new Error(`${PAGE} has no place for the table between ${BEGIN} and ${END}`)
  const rows = routes.map(
    (route) => `| ${route.method} | \`${route.path}\` | ${takenBy(route)} | ${route.summary} ${answerOf(route)} |`,
  )
  const table = ['| | address | takes | what it answers |', '| --- | --- | --- | --- |', ...rows]
  return `${before}${BEGIN}\n${table.join('\n')}\n\n${END}${after}`
}

/** The members of the query and the body; those that may be left out have a question mark. */
function takenBy({ method, query, body }: Route): string {
  const members = (form: z.ZodType | undefined) => {
    if (form === undefined) return []
    const { properties = {}, required = [] } = z.toJSONSchema(form, { io: 'input', unrepresentable: 'any' })
    return Object.keys(properties).map((name) => `\`${name}\`${required.includes(name) ? '' : '?'}`)
  }
  const inBody = method === 'GET' ? [] : members(body)
  return [...members(query), ...(inBody.length === 0 ? [] : [`body: ${inBody.join(', ')}`])].join(', ')
}

function answerOf({ answer, isOpen = false }: Route): string {
  const open = isOpen ? ' Needs no token.' : ''
  switch (answer.kind) {
    case 'json':
      return `JSON.${open}`
    case 'content':
      return `${answer.types.map((type) => `\`${type}\``).join(' or ')}.${open}`
    case 'events': {
      const names = Object.keys(answer.events).map((name) => `\`${name}\``)
      return `Events: ${names.join(', ')}.${open}`
    }
  }
}

if (import.meta.main) {
  const { routes } = await import('../src/server/routes/all.ts')
  writeFileSync(PAGE, apiPage(readFileSync(PAGE, 'utf8'), routes))
}
