/** The list of formats. */
import {
  combined,
  common,
  forwardedCombined,
  forwardedCommon,
  vhostCombined,
  vhostCommon,
} from './access-log/access-log.ts'
import { csv, tsv } from './csv/csv.ts'
import type { Format } from './format.ts'
import { json } from './json/json.ts'
import { lines } from './lines.ts'

/** Every format, by the name that people write. */
export const formats: ReadonlyMap<string, Format> = new Map(
  [
    ...[combined, common, vhostCombined, vhostCommon, forwardedCombined, forwardedCommon],
    ...[json, tsv, csv, lines],
  ].map((format) => [format.name, format]),
)
