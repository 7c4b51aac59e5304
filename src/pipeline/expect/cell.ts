/**
 * The value of a column as one text, so that a value that a person wrote and one that came out are equal where their texts
 * are: `2026-01-01 00:00` is `2026-01-01T00:00:00`, and `0.50` is `0.5`.
 */
import type { Type } from '../../record/type.ts'
import { parseInstant } from '../span.ts'
import { isNumeral, type Json, jsonText, numeral } from './json.ts'

/** undefined is NULL. */
export type CellText = string | undefined

/** A value of a column of a type; without a type, as it is. `zone`: that of times without one. */
export function cellOf(value: Json, type: Type | undefined, zone: string): CellText {
  if (value === null) return undefined
  if (typeof value === 'object' && !isNumeral(value)) return jsonText(ofType(value, type, zone))
  return scalarText(typeof value === 'object' ? value.numeral : String(value), type, zone)
}

function scalarText(text: string, type: Type | undefined, zone: string): string {
  switch (type?.kind) {
    case 'BOOLEAN':
      return /^(true|false)$/i.test(text) ? text.toLowerCase() : text
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return /^[+-]?\d+$/.test(text) ? String(BigInt(text.replace(/^\+/, ''))) : text
    case 'FLOAT':
    case 'DOUBLE':
      return text.trim() !== '' && !Number.isNaN(Number(text)) ? String(Number(text)) : text
    case 'DECIMAL':
      return decimalDigits(text)
    case 'TIMESTAMP':
      return timeText(text, 'UTC')?.replace('Z', '') ?? text
    case 'TIMESTAMP_LTZ':
      return timeText(text, zone) ?? text
    default:
      return text
  }
}

/** Without zeros that say nothing. */
function decimalDigits(text: string): string {
  const [, sign = '', whole = '', fraction = ''] = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text) ?? []
  if (whole === '' && fraction === '' && !/\d/.test(text)) return text
  const digits = `${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`
  return sign === '-' && digits !== '0' ? `-${digits}` : digits
}

function timeText(text: string, zone: string): string | undefined {
  try {
    return new Date(parseInstant(text, zone)).toISOString().replace('.000Z', 'Z')
  } catch {
    return undefined
  }
}

/** A nested value whose inner values are as their columns would have them. */
function ofType(value: Json, type: Type | undefined, zone: string): Json {
  if (value === null) return null
  if (typeof value !== 'object' || isNumeral(value)) {
    const text = scalarText(typeof value === 'object' ? value.numeral : String(value), type, zone)
    return typeof value === 'string' ? text : typeof value === 'boolean' ? value : numeral(text)
  }
  if (Array.isArray(value)) {
    return value.map((one) => ofType(one, type?.kind === 'ARRAY' ? type.element : undefined, zone))
  }
  const inner = (key: string) =>
    type?.kind === 'ROW'
      ? type.fields.find(({ name }) => name === key)?.type
      : type?.kind === 'MAP'
        ? type.value
        : undefined
  const members = Object.entries(value as { readonly [key: string]: Json })
  return Object.fromEntries(members.map(([key, part]) => [key, ofType(part, inner(key), zone)]))
}
