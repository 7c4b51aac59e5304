/**
 * The access logs of web servers: `common` (httpd's "%h %l %u %t \"%r\" %>s %b") and `combined`, which adds the referer,
 * the agent, and anything else that a server was told to add. Both exist with a virtual host in front (httpd's "%v:%p"), and
 * with the list of addresses that proxies have forwarded ("%{X-Forwarded-For}i") in place of the host.
 */
import { type Batch, type Column, type Records, valueAt } from '../../record/column.ts'
import { recordText } from '../../record/records.ts'
import { fewLines } from '../few-lines.ts'
import type { Format } from '../format.ts'
import { makeDecoder } from './decoder.ts'
import { COMBINED_FIELDS, COMMON_FIELDS, type Fields, FORWARDED_FIELDS, type Name, VHOST_FIELDS } from './fields.ts'
import { type Lead, TIME_AND_QUOTE } from './head.ts'

const COMMON = 'host ident user [time] "request" status size; what follows is not read'
const COMBINED = 'as common, then "referer" "agent" and the rest of the line'

export const common: Format = accessLog('common', `Common Log Format: ${COMMON}.`, 'host', COMMON_FIELDS)
export const combined: Format = accessLog('combined', `Combined Log Format: ${COMBINED}.`, 'host', COMBINED_FIELDS)
export const vhostCommon: Format = accessLog('vhost_common', 'A virtual host, then as common.', 'vhost', [
  ...VHOST_FIELDS,
  ...COMMON_FIELDS,
])
export const vhostCombined: Format = accessLog('vhost_combined', 'A virtual host, then as combined.', 'vhost', [
  ...VHOST_FIELDS,
  ...COMBINED_FIELDS,
])
export const forwardedCommon: Format = accessLog(
  'forwarded_common',
  'A list of addresses in place of the host, then as common.',
  'forwarded',
  [...FORWARDED_FIELDS, ...COMMON_FIELDS],
)
export const forwardedCombined: Format = accessLog(
  'forwarded_combined',
  'A list of addresses in place of the host, then as combined.',
  'forwarded',
  [...FORWARDED_FIELDS, ...COMBINED_FIELDS],
)

function accessLog(name: string, summary: string, lead: Lead, fields: Fields): Format {
  const hasAgents = fields.some((field) => field.name === 'agent')
  return {
    name,
    summary,
    open: () => ({
      fields,
      rowtime: fields.findIndex((field) => field.rowtime === true),
      skipsFirstLine: false,
      decoder: (columns) =>
        makeDecoder(
          lead,
          columns.map((column) => (fields[column] as Fields[number]).name),
        ),
    }),
    fit(sample) {
      const decode = makeDecoder(lead, ['agent', ...SIGNS[lead].names])
      const rejects = { add: () => undefined }
      // A reason is found for each line that does not fit, which is slow: most formats are ruled out by a few lines.
      if (decode(fewLines(sample), rejects).count === 0) return 0
      const rows = decode(sample, rejects)
      if (!isCertain(rows, lead)) return 0
      const share = rows.count / sample.count
      // A little less than the share, so that `combined` wins where both read everything.
      if (!hasAgents) return 0.99 * share
      return 2 * countAgents(rows) > rows.count ? share : 0
    },
  }
}

/**
 * What tells, when a format is looked for, that something stands before the host: a dotted name or a port (a single word
 * or an address may be anything), or a list of addresses.
 */
const SIGNS: { readonly [lead in Lead]: { readonly names: readonly Name[]; readonly sign: RegExp } } = {
  host: { names: [], sign: /^/ },
  vhost: { names: ['vhost', 'vhost_port'], sign: /[A-Za-z].*\..* |localhost | \d+$/ },
  forwarded: { names: ['forwarded'], sign: /^(?:(?:[\da-fA-F.:]+|unknown|-)(?:, *|$)){2,}/ },
}

/** Whether the sign is there: in most rows, or for a list in any. */
function isCertain({ columns: [, ...signs], count }: Batch, lead: Lead): boolean {
  if (lead === 'host') return true
  const { sign } = SIGNS[lead]
  let certain = 0
  const textAt = (column: Column, row: number) => String(valueAt(column, row) ?? '')
  for (let row = 0; row < count; row++) if (sign.test(signs.map((column) => textAt(column, row)).join(' '))) certain++
  return lead === 'forwarded' ? certain > 0 : 2 * certain > count
}

/** How many rows have a quoted agent, including `"-"`. */
function countAgents({ columns: [agent], count }: Batch): number {
  let agents = 0
  if (agent?.kind !== 'string') return 0
  for (let row = 0; row < count; row++) if ((agent.end[row] as number) >= (agent.start[row] as number)) agents++
  return agents
}

/** Why lines that look like an access log are not read as one: the reason of the first; undefined where most look otherwise. */
export function whyNotCombined(sample: Records): string | undefined {
  let first: string | undefined
  let similar = 0
  makeDecoder('host', [])(sample, {
    add(record, byte, reason) {
      if (!TIME_AND_QUOTE.test(recordText(sample, record))) return
      similar++
      first ??= `byte ${byte}: ${reason}`
    },
  })
  return 2 * similar > sample.count ? first : undefined
}
