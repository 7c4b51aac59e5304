/** The list of formats. */
import { Failure } from '../base/failure.ts'
import { nearest } from '../base/nearest.ts'
import { type PartList, partList } from '../base/part-list.ts'
import type { Format } from './format.ts'

/** Every format, by the name that people write, in the order in which they are tried on a file. */
export const formats: PartList<Format> = partList<Format>({
  combined: async () => (await import('./access-log/access-log.ts')).combined,
  common: async () => (await import('./access-log/access-log.ts')).common,
  vhost_combined: async () => (await import('./access-log/access-log.ts')).vhostCombined,
  vhost_common: async () => (await import('./access-log/access-log.ts')).vhostCommon,
  forwarded_combined: async () => (await import('./access-log/access-log.ts')).forwardedCombined,
  forwarded_common: async () => (await import('./access-log/access-log.ts')).forwardedCommon,
  log_format: async () => (await import('./log-format/log-format.ts')).logFormat,
  cri: async () => (await import('./container/cri.ts')).cri,
  docker: async () => (await import('./container/docker.ts')).docker,
  syslog: async () => (await import('./syslog/syslog.ts')).syslog,
  json: async () => (await import('./json/json.ts')).json,
  otlp: async () => (await import('./otlp/otlp.ts')).otlp,
  logfmt: async () => (await import('./logfmt/logfmt.ts')).logfmt,
  tsv: async () => (await import('./csv/csv.ts')).tsv,
  csv: async () => (await import('./csv/csv.ts')).csv,
  regex: async () => (await import('./regex/regex.ts')).regex,
  avro: async () => (await import('./avro/avro.ts')).avro,
  lines: async () => (await import('./lines.ts')).lines,
})

const NEVER = /(?!)/

/**
 * What is in one of a few lines at least, where a format reads half of them: formats for which it is not there are not loaded when
 * the format of a file is looked for.
 */
export const TELLTALES: { readonly [format: string]: RegExp } = {
  log_format: NEVER,
  cri: / std(out|err) /,
  docker: /"log"/,
  syslog: /^(<\d|[A-Za-z]{3} |\d{4}-)/,
  json: /\{/,
  otlp: NEVER,
  logfmt: /=/,
  tsv: /\t/,
  regex: NEVER,
  avro: NEVER,
  lines: NEVER,
}

/** The format of a name, which has been loaded. Throws a Failure `usage` if there is none. */
export const formatNamed = (name: string): Format => formats.get(name) ?? noFormat(name)

/** The same of any name. */
export const loadFormat = async (name: string): Promise<Format> => (await formats.load(name)) ?? noFormat(name)

function noFormat(name: string): never {
  const near = nearest(name, [...formats.names])
  throw new Failure('usage', `there is no format "${name}"${near === undefined ? '' : `: did you mean ${near}?`}`, {
    hint: `Formats: ${formats.names.join(', ')}.`,
  })
}
