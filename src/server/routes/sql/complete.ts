/** `/api/v1/sql/complete`: what can be written at a place of a statement that is being written. */
import * as z from 'zod'
import { completionsAt } from '../../../sql/complete/complete.ts'
import type { Completions } from '../../../sql/complete/completion.ts'
import { openRunOf } from '../../open-run.ts'
import { defineRoute, inJson, type Route } from '../route.ts'
import { statementMode } from './asked.ts'

const LONGEST = 50_000

const completion = z.strictObject({
  kind: z.enum(['table', 'column', 'function', 'keyword']),
  label: z.string(),
  text: z.string().describe('what is put in'),
  detail: z.string().describe('its type, or how it is written'),
  about: z.string(),
})

const completions: z.ZodType<Completions> = z.strictObject({
  start: z.int().min(0).describe('the text replaces what stands from here'),
  end: z.int().min(0),
  items: z.array(completion),
})

export const sqlComplete: Route = defineRoute({
  method: 'POST',
  path: '/api/v1/sql/complete',
  summary: 'Says what can be written at a place of a statement: tables, columns, functions, words.',
  body: z.strictObject({
    sql: z.string().max(LONGEST),
    offset: z.int().min(0).max(LONGEST).describe('in UTF-16 units'),
    mode: statementMode,
  }),
  answer: inJson(completions),
  handle({ body: { sql, offset, mode } }, { run }) {
    const { catalog, session } = openRunOf(run).pipeline
    const context = { catalog, session, mode: mode === 'live' ? ('streaming' as const) : ('batch' as const) }
    return completionsAt(sql, Math.min(offset, sql.length), context)
  },
})
