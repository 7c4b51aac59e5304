/**
 * Spells a short form out as the Flink SQL that it stands for. Nothing is added to the language: the SQL is parsed, checked
 * and shown like any other query. The place of each part of the form is remembered, so that a mistake in `of` is reported
 * at `of`.
 */
import { assert } from '../../base/assert.ts'
import type { Duration } from '../../base/quantity.ts'
import { intervalText } from '../../sql/bind/interval-text.ts'
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

function spellTop({ count, of, by, every, from }: TopForm<Duration>, time: string): SpelledQuery {
  const items = itemsOf(of, ['top', 'of'])
  const measure = /^count\(\*\)$/i.test(by.replaceAll(' ', '')) ? 'hits' : 'amount'
  const names = items.map(({ name }) => name).join(', ')
  const spelled = new Spelling()
  spelled.add(`SELECT window_start, window_end, ${names}, ${measure}, row_num
FROM (
  SELECT window_start, window_end, ${names}, ${measure},
    ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY ${measure} DESC) AS row_num
  FROM (
    SELECT window_start, window_end, `)
  spelled.items(items)
  spelled.add(', ').part(by, ['top', 'by']).add(` AS ${measure}\n    FROM `)
  spelled.window(from, ['top', 'from'], time, every).add('\n    GROUP BY window_start, window_end')
  spelled.groups(items)
  spelled.add(`\n  )\n)\nWHERE row_num <= ${count}`)
  return spelled.done()
}

/** A count, or a rate: it has a condition `of`. */
function spellCount({ of, by, every, from }: CountForm<Duration> & { of?: string }, time: string): SpelledQuery {
  const form = of === undefined ? 'count' : 'rate'
  const items = itemsOf(by ?? [], [form, 'by'])
  const spelled = new Spelling().add('SELECT window_start, window_end, ')
  if (items.length > 0) spelled.items(items).add(', ')
  if (of === undefined) spelled.add('COUNT(*) AS hits')
  else {
    spelled.add('COUNT(*) FILTER (WHERE ').part(of, ['rate', 'of']).add(') AS matched, COUNT(*) AS total,\n')
    spelled.add('  CAST(COUNT(*) FILTER (WHERE ').part(of, ['rate', 'of']).add(') AS DOUBLE) / COUNT(*) AS share')
  }
  spelled.add('\nFROM ').window(from, [form, 'from'], time, every)
  return spelled.add('\nGROUP BY window_start, window_end').groups(items).done()
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

  groups(items: readonly Item[]): this {
    for (const { text, path } of items) this.add(', ').part(text, path)
    return this
  }

  window(table: string, path: Path, time: string, every: Duration): this {
    this.add('TABLE(TUMBLE(TABLE ').part(quote(table), path)
    return this.add(`, DESCRIPTOR(${quote(time)}), ${intervalText(every)}))`)
  }

  done(): SpelledQuery {
    return { sql: this.#sql, parts: this.#parts }
  }
}
