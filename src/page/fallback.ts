/**
 * What a page shows where no script runs, as in the preview of a mail: its tables, with the first rows, and a bar beside each
 * number of the column that a chart would be about. The script of the page takes its place.
 */
import { htmlText } from './escape.ts'
import type { PageCell, PageColumn, PageData, PageResult } from './page-data.ts'

/** Rows of each result. */
export const FALLBACK_ROWS = 200
const NUMBERS = /^(TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL)/
const BAR = 120

/** The body of the page as HTML. */
export function fallbackHtml({ title, facts, command, madeAt, results, alerts = [], dead = [] }: PageData): string {
  const about = [...facts, ['made', madeAt] as const, ['by', command] as const]
  return [
    '<main class="report">',
    `<h1>${htmlText(title)}</h1>`,
    `<dl class="facts">${about.map(([name, text]) => `<dt>${htmlText(name)}</dt><dd>${htmlText(text)}</dd>`).join('')}</dl>`,
    ...results.map(resultHtml),
    ...(alerts.length === 0 ? [] : [alertsHtml(alerts)]),
    ...(dead.length === 0 ? [] : [deadHtml(dead)]),
    '</main>',
  ].join('\n')
}

function resultHtml({ name, sql, columns, rows, total, note }: PageResult): string {
  const shown = rows.slice(0, FALLBACK_ROWS)
  const measure = columns.findIndex(({ type, isKey }) => NUMBERS.test(type) && isKey !== true)
  const most = shown.reduce((all, row) => Math.max(all, numberIn(row[measure])), 0)
  const cut = shown.length < total ? `<p>The first ${shown.length} of ${total.toLocaleString('en-US')} rows.</p>` : ''
  const bar = (row: readonly PageCell[]) => (measure < 0 ? '' : `<td>${barHtml(numberIn(row[measure]), most)}</td>`)
  return `<section><h2>${htmlText(name)}</h2>
<pre>${htmlText(sql)}</pre>
${note === undefined ? '' : `<p>${htmlText(note)}</p>`}
<table><thead><tr>${columns.map(headHtml).join('')}${measure < 0 ? '' : '<td></td>'}</tr></thead>
<tbody>
${shown.map((row) => `<tr>${row.map(cellHtml).join('')}${bar(row)}</tr>`).join('\n')}
</tbody></table>
${cut}</section>`
}

const headHtml = ({ name }: PageColumn): string => `<th scope="col">${htmlText(name)}</th>`

const cellHtml = (cell: PageCell): string =>
  `<td>${cell === null ? 'NULL' : htmlText(typeof cell === 'object' ? JSON.stringify(cell) : String(cell))}</td>`

function numberIn(cell: PageCell | undefined): number {
  const number = typeof cell === 'number' || typeof cell === 'string' ? Number(cell) : 0
  return Number.isFinite(number) ? number : 0
}

function barHtml(value: number, most: number): string {
  const width = most === 0 ? 0 : Math.max(0, (value / most) * BAR)
  return `<svg width="${BAR}" height="10" aria-hidden="true"><rect width="${width.toFixed(1)}" height="10" fill="currentColor"/></svg>`
}

const alertsHtml = (alerts: NonNullable<PageData['alerts']>): string =>
  `<section><h2>Alerts</h2><table><thead><tr><th>alert</th><th>severity</th><th>firing</th><th>pending</th></tr></thead><tbody>
${alerts.map(({ name, severity, firing, pending }) => `<tr><td>${htmlText(name)}</td><td>${htmlText(severity)}</td><td>${firing}</td><td>${pending}</td></tr>`).join('\n')}
</tbody></table></section>`

const deadHtml = (dead: NonNullable<PageData['dead']>): string =>
  `<section><h2>Dead letters</h2><table><thead><tr><th>topic</th><th>kind</th><th>reason</th><th>count</th></tr></thead><tbody>
${dead.map(({ topic, kind, reason, count }) => `<tr><td>${htmlText(topic)}</td><td>${htmlText(kind)}</td><td>${htmlText(reason)}</td><td>${count}</td></tr>`).join('\n')}
</tbody></table></section>`
