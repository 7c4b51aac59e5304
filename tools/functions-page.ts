/**
 * Writes docs/functions.md from the functions themselves: `node tools/functions-page.ts`. A test fails if the page is not up
 * to date.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { EXAMPLES } from '../src/sql/function/examples.ts'
import type { ScalarFunction } from '../src/sql/function/function.ts'

/** Headings of the page, each with the first function under it; the functions are already in this order. */
const HEADINGS: readonly (readonly [first: string, heading: string])[] = [
  ['+', 'Arithmetic'],
  ['=', 'Comparison and logic'],
  ['ABS', 'Numbers'],
  ['||', 'Texts'],
  ['MD5', 'Digests, encodings, URLs and patterns'],
  ['JSON_VALUE', 'JSON'],
  ['EXTRACT', 'Times'],
  ['[ ]', 'Arrays, maps and rows'],
  ['IP_FAMILY', 'Of our own: addresses, URLs, user agents and redaction'],
]

const INTRODUCTION = `# Functions and operators

Made from the functions themselves by \`node tools/functions-page.ts\`. Each means what Flink says that it means; where an
argument is NULL the result is NULL, unless it is said otherwise. The last part has functions of our own, which Flink has only as
functions that a user registers. Each example is run when the page is made: behind the arrow is what it gives, as \`tailrace query -o ndjson\`
writes it.

Forms of the language that are no functions, with the aggregates and window functions, are on the page of
[the language](language.md): CAST, TRY_CAST, CASE, COALESCE, IFNULL, NULLIF, IF, BETWEEN, TYPEOF.
`

export function functionsPage(functions: Iterable<ScalarFunction>): string {
  const left = new Map(HEADINGS)
  const values = valuesOf(EXAMPLES)
  const lines: string[] = [INTRODUCTION]
  for (const { name, usage, summary } of functions) {
    const heading = left.get(name)
    if (heading !== undefined) {
      if (lines.length > 1) lines.push('')
      lines.push(`## ${heading}`, '', '| written | gives | example |', '| --- | --- | --- |')
      left.delete(name)
    }
    lines.push(`| ${code(usage)} | ${summary.replaceAll('|', '\\|')} | ${exampleOf(name, values)} |`)
  }
  if (left.size > 0) throw new Error(`no function begins the part ${[...left.values()].join(', ')}: change HEADINGS`)
  return `${lines.join('\n')}\n`
}

/** Longer values, such as digests, are cut. */
const MOST_SHOWN = 40

function exampleOf(name: string, values: ReadonlyMap<string, unknown>): string {
  const example = EXAMPLES.get(name)
  if (example === undefined) throw new Error(`function ${name} has no example: add one to src/sql/function/examples.ts`)
  const value = JSON.stringify(values.get(name))
  return `${code(example)} → ${code(value.length > MOST_SHOWN ? `${value.slice(0, MOST_SHOWN - 1)}…` : value)}`
}

/** What the examples give, in one statement. */
function valuesOf(examples: ReadonlyMap<string, string>): ReadonlyMap<string, unknown> {
  const names = [...examples.keys()]
  const columns = [...examples.values()].map((expression, index) => `${expression} AS c${index}`)
  const args = ['src/cli/main.ts', 'query', '-q', '-o', 'ndjson', `SELECT ${columns.join(', ')}`]
  const row = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Record<string, unknown>
  return new Map(names.map((name, index) => [name, row[`c${index}`]]))
}

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``

if (import.meta.main) {
  const { scalarFunctions } = await import('../src/sql/function/all.ts')
  writeFileSync('docs/functions.md', functionsPage(scalarFunctions.values()))
}
