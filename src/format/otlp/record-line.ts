/**
 * A log record of OpenTelemetry as the JSON object that format `otlp` reads. Integers of 64 bits keep all of their digits, times their
 * nanoseconds, and a body that is no text its structure. Of two attributes with one name the last counts.
 */
import type { AnyValue, InstrumentationScope, KeyValue, LogRecord, Resource } from '../../client/otlp/messages.ts'

/** The members that all records of a scope share, with a comma before each. */
export function sharedMembers(resource: Resource = {}, scope: InstrumentationScope = {}): string {
  const { attributes = [] } = resource
  const service = attributes.findLast(({ key }) => key === 'service.name')?.value?.stringValue
  return [
    textMember('service_name', service),
    attributesMember('resource_attributes', attributes),
    textMember('scope_name', scope.name),
    textMember('scope_version', scope.version),
    attributesMember('scope_attributes', scope.attributes),
  ].join('')
}

/** The object of a record; `shared`: of its scope. `arrivalMs`: when it came, which is its time if it has none of its own. */
export function recordLine(record: LogRecord, shared: string, arrivalMs: number): string {
  const { timeUnixNano = 0n, severityNumber = 0, flags = 0, droppedAttributesCount = 0, body } = record
  const observed = record.observedTimeUnixNano || BigInt(arrivalMs) * NANOS_PER_MS
  return [
    `{"ts":"${timeText(timeUnixNano || observed)}","observed_ts":"${timeText(observed)}"`,
    severityNumber === 0 ? '' : `,"severity_number":${severityNumber}`,
    textMember('severity_text', record.severityText),
    body === undefined ? '' : `,"body":${valueText(body)}`,
    attributesMember('attributes', record.attributes),
    textMember('event_name', record.eventName),
    idMember('trace_id', record.traceId, TRACE_ID),
    idMember('span_id', record.spanId, SPAN_ID),
    flags === 0 ? '' : `,"trace_flags":${flags & TRACE_FLAGS}`,
    droppedAttributesCount === 0 ? '' : `,"dropped_attributes_count":${droppedAttributesCount}`,
    shared,
    '}',
  ].join('')
}

const NANOS_PER_MS = 1_000_000n
const NANOS_PER_SECOND = 1_000_000_000n
/** W3C's trace flags; the bits above are reserved. */
const TRACE_FLAGS = 0xff
/** An ID of any other length, or of zeros, counts as none. */
const TRACE_ID = /^(?!0+$)[0-9a-f]{32}$/
const SPAN_ID = /^(?!0+$)[0-9a-f]{16}$/
/** Of "2026-12-01T10:00:00.", before the digits behind the point. */
const SECONDS_LENGTH = 20

/** Records that follow each other are mostly of one second, and its text takes longer to make than the digits behind it. */
let lastSecond = { second: -1n, text: '' }

function timeText(nanos: bigint): string {
  const second = nanos / NANOS_PER_SECOND
  if (second !== lastSecond.second) {
    const text = new Date(Number(second) * 1000).toISOString().slice(0, SECONDS_LENGTH)
    lastSecond = { second, text }
  }
  return `${lastSecond.text}${String(nanos % NANOS_PER_SECOND).padStart(9, '0')}Z`
}

const textMember = (name: string, text = ''): string => (text === '' ? '' : `,"${name}":${JSON.stringify(text)}`)

const idMember = (name: string, id = '', form: RegExp): string => (form.test(id) ? `,"${name}":"${id}"` : '')

const attributesMember = (name: string, attributes: readonly KeyValue[] = []): string =>
  attributes.length === 0 ? '' : `,"${name}":${objectText(attributes)}`

function objectText(pairs: readonly KeyValue[] = []): string {
  const members = new Map(pairs.map(({ key = '', value }) => [key, value]))
  return `{${Array.from(members, ([key, value]) => `${JSON.stringify(key)}:${valueText(value)}`).join(',')}}`
}

/** The JSON of a value; one without any kind is null. */
function valueText(value: AnyValue = {}): string {
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } = value
  if (stringValue !== undefined) return JSON.stringify(stringValue)
  if (intValue !== undefined) return String(intValue)
  if (boolValue !== undefined) return String(boolValue)
  if (doubleValue !== undefined) return Number.isFinite(doubleValue) ? String(doubleValue) : `"${doubleValue}"`
  if (arrayValue !== undefined) return `[${(arrayValue.values ?? []).map(valueText).join(',')}]`
  if (kvlistValue !== undefined) return objectText(kvlistValue.values)
  return bytesValue === undefined ? 'null' : `"${Buffer.from(bytesValue).toString('base64')}"`
}
