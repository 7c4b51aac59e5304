/** `-o html`: rows as one page. It is written once all of them are known, so an answer that fails leaves no half of a page. */
import type { Command } from 'commander'
import { systemClock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import { countText } from '../../base/units.ts'
import { commandShown } from '../../page/command.ts'
import { pageDocument } from '../../page/document.ts'
import { loadPageAssets } from '../../page/page-assets.ts'
import type { PageData } from '../../page/page-data.ts'
import { keepFirst, type RowsOnPage } from '../../page/rows.ts'
import type { RowsOut } from '../rows-out.ts'
import { say } from '../say.ts'

/** The rows of a page that is being made. */
export type PageRows = RowsOut & { readonly kept: RowsOnPage }

/** Throws a Failure where the page would come onto a terminal, or was not built. */
export function openPageRows(): PageRows {
  refuseTerminal()
  loadPageAssets()
  const kept = keepFirst()
  return { kept, write: (batch, fields) => kept.add(batch, fields), end: async () => false }
}

/** Throws a Failure where standard output is a terminal. */
export function refuseTerminal(): void {
  if (!process.stdout.isTTY) return
  throw new Failure('usage', 'a page of HTML is no text for a terminal', { hint: 'Write it to a file: > report.html' })
}

/** Writes the page to standard output. `command` is the one that was called. */
export async function writePage(
  command: Command,
  data: Omit<PageData, 'version' | 'madeAt' | 'command'>,
): Promise<void> {
  const text = pageDocument(
    {
      ...data,
      version: command.parent?.version() ?? '',
      madeAt: new Date(systemClock.now()).toISOString(),
      command: commandShown(process.argv.slice(2)),
    },
    loadPageAssets(),
  )
  for (const { name, rows, total, kept } of data.results) {
    if (rows.length === total) continue
    say(
      `${name}: the page has the ${kept} ${rows.length.toLocaleString('en-US')} of ${countText(total, 'row')}; other forms have no such limit`,
    )
  }
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve))
}
