/** Lines of CSV, as a topic gives their form to its sources. */
import { csv } from '../../src/format/csv/csv.ts'
import type { LineForm } from '../../src/source/source.ts'

/** Records of two columns, which may span lines. */
export const csvForm = (hasHeader = false): LineForm => ({
  hasHeader,
  join: csv.open({ columns: { a: { type: 'STRING' }, b: { type: 'STRING' } } }, undefined).spanning?.join,
  hasTime: false,
  firstTime: () => undefined,
  timeAt: (instant) => instant,
})
