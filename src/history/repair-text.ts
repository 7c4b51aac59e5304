/** The command that puts late rows into the rows of their query, written out. */

/** What a command is told besides the query: `-p p.yaml --data d`, or nothing. */
export type WhichText = string

/** `from` and `to` are times of the windows without a zone, as they are in the pipeline's. */
export const repairText = (
  query: string,
  { from, to }: { readonly from: string; readonly to: string },
  which: WhichText,
): string =>
  ['tailrace backfill', query, '--since', shortTime(from), '--until', shortTime(to), which].join(' ').trimEnd()

/** Without the milliseconds and seconds that are zero. */
const shortTime = (time: string): string => time.replace(/(:\d\d)(:00)?\.000$/, '$1').replace(/\.000$/, '')
