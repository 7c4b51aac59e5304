/**
 * The script of a page of results: a report as one file. The data are in the page, and nothing is asked of a server. It takes the
 * place of the tables that the page has for readers without a script.
 */
import { render } from 'preact'
import type { PageData } from '../../src/page/page-data.ts'
import { applyTheme, chosenTheme } from '../app/theme-choice.ts'
import { ResultsPage } from './results-page.tsx'

applyTheme(chosenTheme())
const root = document.getElementById('app')
const data = document.getElementById('data')?.textContent
if (root !== null && data !== null && data !== undefined) {
  root.replaceChildren()
  render(<ResultsPage data={JSON.parse(data) as PageData} />, root)
}
// Paper is white: charts are drawn in the colours for it, too.
addEventListener('beforeprint', () => applyTheme('light'))
addEventListener('afterprint', () => applyTheme(chosenTheme()))
