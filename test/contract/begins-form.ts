/** Lines of which some belong to the one before, as a topic gives their form to its sources. */
import type { Duration } from '../../src/base/quantity.ts'
import { lines } from '../../src/format/lines.ts'
import type { LineForm } from '../../src/source/source.ts'

/** Records that begin with a digit. */
export function beginsForm(wait: Duration): LineForm {
  const { spanning } = lines.open({ begins: String.raw`^\d`, wait }, undefined)
  return {
    hasHeader: false,
    join: spanning?.join,
    waitMs: spanning?.waitMs,
    hasTime: false,
    firstTime: () => undefined,
    timeAt: (instant) => instant,
  }
}
