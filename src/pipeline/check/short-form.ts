/**
 * Spells a short form out as the Flink SQL that it stands for. Nothing is added to the language: the SQL is parsed, checked
 * and shown like any other query. The place of each part of the form is remembered, so that a mistake in `of` is reported
 * at `of`.
 */
import { assert } from '../../base/assert.ts'
import type { Duration } from '../../base/quantity.ts'
import { durationText } from '../../base/units.ts'
import { intervalOfDuration } from '../../sql/bind/duration-interval.ts'
import { quote } from '../../sql/bind/name.ts'
import type { TextRange } from '../../sql/syntax/ast.ts'
import type { CountForm, QueryForms, TopForm } from '../definition.ts'
import type { Path } from '../file/yaml-tree.ts'

export type SpelledQuery = {
  readonly sql: string
  /** The parts of the SQL that the user wrote, with their paths in the query's entry: `['top', 'of']`. */
  readonly parts: readonly { readonly span: TextRange; readonly path: Path }[]
}

/** The SQL of a query; `time` gives the event-time column of the table that a form reads. */
export function spellQuery(query: QueryForms<Duration>, time: (table: string, path: Path) => string): SpelledQuery {
  if (query.sql !== undefined)
    return { sql: query.sql, parts: [{ span: { start: 0, end: query.sql.length }, path: [] }] }
  if (query.top !== undefined) return spellTop(query.top, time(query.top.from, ['top', 'from']))
  if (query.count !== undefined) return spellCount(query.count, time(query.count.from, ['count', 'from']))
  assert(query.rate !== undefined, 'the schema wants one of sql, top, count, rate')
  return spellCount(query.rate, time(query.rate.from, ['rate', 'from']))
}

/** The short form in one line, as a pipeline file has it; undefined where a query is written in SQL. */
export function shortFormText(query: QueryForms<Duration>): string | undefined {
  for (const form of ['top', 'count', 'rate'] as const) {
    const written = query[form]
    if (written === undefined) continue
    const options = Object.entries({ ...written, every: written.every && durationText(written.every) })
    const text = ([key, value]: (typeof options)[number]) => (value === undefined ? [] : `${key}: ${yamlText(value)}`)
    return `${form}: { ${options.flatMap(text).join(', ')} }`
  }
  return undefined
}

/** A text of a file, in quotes where it could not stand between braces without. */
function yamlText(value: string | number | readonly string[]): string {
  if (Array.isArray(value)) return `[${value.map(yamlText).join(', ')}]`
  const text = String(value)
  return /^[\w(*)/.+-]([\w (*)/.+<>=-]*[\w(*)/.+-])?$/.test(text) ? text : JSON.stringify(text)
}

function spellTop({ count, of, by, every, from }: TopForm<Duration>, time: string): SpelledQuery {
  const items = itemsOf(of, ['top', 'of'])
  const measure = /^count\(\*\)$/i.test(by.replaceAll(' ', '')) ? 'hits' : 'amount'
  const window = every === undefined ? '' : 'window_start, window_end, '
  const columns = `${window}${items.map(({ name }) => name).join(', ')}, ${measure}`
  const partition = every === undefined ? '' : 'PARTITION BY window_start, window_end '
  // Of rows with the same measure Flink may take any; by their columns, it takes these.
  const order = [`${measure} DESC`, ...items.map(({ name }) => `${name} ASC`)].join(', ')
  const spelled = new Spelling()
  spelled.add(`SELECT ${columns}, row_num
FROM (
  SELECT ${columns},
    ROW_NUMBER() OVER (${partition}ORDER BY ${order}) AS row_num
  FROM (
    SELECT ${window}`)
  spelled.items(items)
  spelled.add(', ').part(by, ['top', 'by']).add(` AS ${measure}\n    FROM `)
  spelled.rows(from, ['top', 'from'], time, every).add('\n    ').groups(items, every)
  spelled.add(`\n  )\n)\nWHERE row_num <= ${count}`)
  return spelled.done()
}

/** A count, or a rate: it has a condition `of`. */
function spellCount({ of, by, every, from }: CountForm<Duration> & { of?: string }, time: string): SpelledQuery {
  const form = of === undefined ? 'count' : 'rate'
  const items = itemsOf(by ?? [], [form, 'by'])
  const spelled = new Spelling().add(every === undefined ? 'SELECT ' : 'SELECT window_start, window_end, ')
  if (items.length > 0) spelled.items(items).add(', ')
  if (of === undefined) spelled.add('COUNT(*) AS hits')
  else {
    spelled.add('COUNT(*) FILTER (WHERE ').part(of, ['rate', 'of']).add(') AS matched, COUNT(*) AS total,\n')
    spelled.add('  CAST(COUNT(*) FILTER (WHERE ').part(of, ['rate', 'of']).add(') AS DOUBLE) / COUNT(*) AS share')
  }
  spelled.add('\nFROM ').rows(from, [form, 'from'], time, every)
  if (items.length === 0 && every === undefined) return spelled.done()
  return spelled.add('\n').groups(items, every).done()
}

type Item = { readonly text: string; readonly name: string; readonly path: Path }

/** A column keeps its name; another expression is `item`, or `item1`, `item2` if there are several. */
function itemsOf(written: string | readonly string[], path: Path): readonly Item[] {
  if (typeof written === 'string') return [{ text: written, name: nameOf(written, 'item'), path }]
  return written.map((text, index) => ({ text, name: nameOf(text, `item${index + 1}`), path: [...path, index] }))
}

const nameOf = (text: string, otherwise: string): string =>
  /^([A-Za-z_]\w*|`[^`]+`)$/.test(text.trim()) ? text.trim() : otherwise

/** SQL under construction, with the origin of its parts. */
class Spelling {
  #sql = ''
  readonly #parts: { span: TextRange; path: Path }[] = []

  add(text: string): this {
    this.#sql += text
    return this
  }

  part(text: string, path: Path): this {
    this.#parts.push({ span: { start: this.#sql.length, end: this.#sql.length + text.length }, path })
    return this.add(text)
  }

  items(items: readonly Item[]): this {
    items.forEach(({ text, name, path }, index) => {
      if (index > 0) this.add(', ')
      this.part(text, path)
      if (name !== text.trim()) this.add(` AS ${name}`)
    })
    return this
  }

  groups(items: readonly Item[], every: Duration | undefined): this {
    this.add('GROUP BY ')
    if (every !== undefined) this.add('window_start, window_end')
    for (const [index, { text, path }] of items.entries()) {
      this.add(index === 0 && every === undefined ? '' : ', ').part(text, path)
    }
    return this
  }

  /** The rows of a table, in windows of `every`; without windows where it is undefined. */
  rows(table: string, path: Path, time: string, every: Duration | undefined): this {
    if (every === undefined) return this.part(quote(table), path)
    this.add('TABLE(TUMBLE(TABLE ').part(quote(table), path)
    return this.add(`, DESCRIPTOR(${quote(time)}), ${intervalOfDuration(every)}))`)
  }

  done(): SpelledQuery {
    return { sql: this.#sql, parts: this.#parts }
  }
}
