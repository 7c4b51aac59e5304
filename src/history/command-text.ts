/** Commands about a pipeline, written out for a person to copy. */

/** The options by which a command finds the pipeline: `-p p.yaml --data d`, or nothing. */
export type WhichText = string

/** `tailrace` with these arguments, about this pipeline. */
export const commandText = (args: readonly string[], which: WhichText): string =>
  ['tailrace', ...args, which].join(' ').trimEnd()

/**
 * The command that puts late rows into the rows of their query. `from` and `to` are times of windows, without a zone: they are
 * in the pipeline's.
 */
export const repairText = (
  query: string,
  { from, to }: { readonly from: string; readonly to: string },
  which: WhichText,
): string => commandText(['backfill', query, '--since', shortTime(from), '--until', shortTime(to)], which)

/** Without the milliseconds and seconds that are zero. */
const shortTime = (time: string): string => time.replace(/(:\d\d)(:00)?\.000$/, '$1').replace(/\.000$/, '')
