/**
 * Log records of OpenTelemetry, as source `otlp` makes records of them: JSON objects with these members, of which those that a log
 * record does not have are missing. Names are those of the data model, and `ts` is the event time as in other formats.
 *
 * Values of attributes are read as texts: those of arrays, maps and numbers as their JSON.
 */
import { INT, mapOf, STRING, TIMESTAMP_LTZ } from '../../record/type.ts'
import type { DeclaredColumn } from '../declared-columns.ts'
import { defineFormat, type Format } from '../format.ts'
import { openJson } from '../json/json.ts'

const TEXTS = mapOf(STRING, STRING)

const COLUMNS: readonly DeclaredColumn[] = [
  { field: { name: 'ts', type: TIMESTAMP_LTZ, rowtime: true } },
  { field: { name: 'observed_ts', type: TIMESTAMP_LTZ } },
  { field: { name: 'severity_number', type: INT } },
  { field: { name: 'severity_text', type: STRING } },
  { field: { name: 'body', type: STRING } },
  { field: { name: 'attributes', type: TEXTS } },
  { field: { name: 'event_name', type: STRING } },
  { field: { name: 'trace_id', type: STRING } },
  { field: { name: 'span_id', type: STRING } },
  { field: { name: 'trace_flags', type: INT } },
  { field: { name: 'dropped_attributes_count', type: INT } },
  { field: { name: 'service_name', type: STRING } },
  { field: { name: 'resource_attributes', type: TEXTS } },
  { field: { name: 'scope_name', type: STRING } },
  { field: { name: 'scope_version', type: STRING } },
  { field: { name: 'scope_attributes', type: TEXTS } },
]

export const otlp: Format = defineFormat<Record<string, never>>({
  name: 'otlp',
  summary: 'Log records of OpenTelemetry, one JSON object a line, as source otlp writes them.',
  open: () => ({ ...openJson(COLUMNS), rowtime: 0, hasDocuments: false }),
  // What it reads, `json` reads too, and nothing in a line says for certain which it is.
  fit: () => 0,
})
