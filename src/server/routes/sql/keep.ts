/** `/api/v1/sql/keep`: what to put into the pipeline file so that a statement is a query of it. Nothing is changed. */
import { stringify } from 'yaml'
import * as z from 'zod'
import { RequestError } from '../../../source/request-error.ts'
import { defineRoute, inJson, type Route } from '../route.ts'
import { plannedOf, sqlText } from './asked.ts'

const NAME = /^[A-Za-z_][\w]{0,99}$/

export const sqlKeep: Route = defineRoute({
  method: 'POST',
  path: '/api/v1/sql/keep',
  summary: 'Gives the lines that make a statement a query of the pipeline file.',
  body: z.strictObject({
    sql: sqlText,
    name: z.string().regex(NAME, 'a name has letters, digits and _, and begins with a letter'),
  }),
  answer: inJson(z.strictObject({ yaml: z.string(), then: z.string() })),
  refusals: { 409: 'The pipeline has a part of this name.' },
  handle({ body: { sql, name } }, context) {
    const { pipeline } = plannedOf(sql, 'live', context)
    const { catalog, topics, reports, sources, sinks } = pipeline
    const taken = [...topics, ...reports, ...sources, ...sinks].some((one) => one.name === name) || catalog.has(name)
    if (taken) throw new RequestError(409, `the pipeline has a part called "${name}" already: choose another name`)
    const text = sql
      .trimEnd()
      .replace(/;$/, '')
      .replaceAll(/[ \t]+$/gm, '')
    const yaml = stringify({ queries: { [name]: `${text}\n` } }, { lineWidth: 0, blockQuote: 'literal' })
    return { yaml, then: 'tailrace reload' }
  },
})
