/** The list of formats. */
import { Failure } from '../base/failure.ts'
import { nearest } from '../base/nearest.ts'
import {
  combined,
  common,
  forwardedCombined,
  forwardedCommon,
  vhostCombined,
  vhostCommon,
} from './access-log/access-log.ts'
import { cri } from './container/cri.ts'
import { docker } from './container/docker.ts'
import { csv, tsv } from './csv/csv.ts'
import type { Format } from './format.ts'
import { json } from './json/json.ts'
import { lines } from './lines.ts'
import { logFormat } from './log-format/log-format.ts'
import { logfmt } from './logfmt/logfmt.ts'
import { regex } from './regex/regex.ts'
import { syslog } from './syslog/syslog.ts'

/** Every format, by the name that people write. */
export const formats: ReadonlyMap<string, Format> = new Map(
  [
    ...[combined, common, vhostCombined, vhostCommon, forwardedCombined, forwardedCommon],
    ...[logFormat, cri, docker, syslog, json, logfmt, tsv, csv, regex, lines],
  ].map((format) => [format.name, format]),
)

/** The format of a name. Throws a Failure `usage` if there is none. */
export function formatNamed(name: string): Format {
  const format = formats.get(name)
  if (format !== undefined) return format
  const near = nearest(name, [...formats.keys()])
  throw new Failure('usage', `there is no format "${name}"${near === undefined ? '' : `: did you mean ${near}?`}`, {
    hint: `Formats: ${[...formats.keys()].join(', ')}.`,
  })
}
