/**
 * The jobs of a pipeline as one text for Flink's SQL client: settings, tables and INSERT of each, one after the other. Tables are
 * dropped behind the INSERT that has read them, as the next job may have another one of the same name.
 */
import { type Options, quotedText } from './create.ts'
import type { FlinkJob } from './job.ts'

/** `notes`: texts that stand before all, and before the job of a query. */
export function flinkScript(
  jobs: readonly FlinkJob[],
  notes: { readonly all: readonly string[]; of(query: string): readonly string[] },
): string {
  const blocks = jobs.map((job) => jobText(job, notes.of(job.query)))
  const before = notes.all.length === 0 ? [] : [notes.all.map(comment).join('\n')]
  return `${[...before, ...blocks].join('\n\n')}\n`
}

function jobText({ query, settings, tables, insert }: FlinkJob, notes: readonly string[]): string {
  const head = [`query ${query}`, ...notes].map(comment).join('\n')
  return [head, settingsText(settings), ...tables.map(statement), statement(insert), dropsOf(tables)].join('\n\n')
}

const settingsText = (settings: Options): string =>
  Object.entries(settings)
    .map(([name, value]) => statement(`SET ${quotedText(name)} = ${quotedText(value)}`))
    .join('\n')

/** A comment at the end of a text would hide the semicolon. */
const statement = (text: string): string =>
  /--[^\n]*\s*$/.test(text) ? `${text.trimEnd()}\n;` : `${text.trim().replace(/;$/, '')};`

const comment = (text: string): string => text.replace(/^/gm, '-- ')

/** Views go before the tables that they read. */
const dropsOf = (tables: readonly string[]): string =>
  tables
    .map((text) => /^CREATE TEMPORARY (TABLE|VIEW) (`(?:[^`]|``)*`|\S+)/.exec(text))
    .toReversed()
    .flatMap((made) => (made === null ? [] : statement(`DROP TEMPORARY ${made[1]} ${made[2]}`)))
    .join('\n')
