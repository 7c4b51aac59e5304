/** What is said of a format that was found by looking. */
import type { FileTable } from '../../query/table-files.ts'

/** "syslog (RFC 3164), found by looking, 100 of 100 lines". `lines` reads any, so a number would say nothing. */
export function foundText({ formatName, fitting }: Pick<FileTable, 'formatName' | 'fitting'>): string {
  const form = fitting?.variant === undefined ? '' : ` (${fitting.variant})`
  const how = `${formatName}${form}, found by looking`
  return fitting === undefined || formatName === 'lines' ? how : `${how}, ${fitting.rows} of ${fitting.of} lines`
}

/** What is said of a table that ended before its first line, as standard input can. */
export const noLinesText = ({ name, formatName }: Pick<FileTable, 'name' | 'formatName'>): string =>
  `table ${name}: no lines to find its format in, so it is taken for ${formatName}: --format says it`
