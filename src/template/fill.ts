/** Puts values into a template. Values come as JSON: of that, the other forms are made. */
import type { Template, TemplateValue } from './template.ts'

/** The value of a name as JSON text: `"DE"`, `12.50`, `null`. */
export type JsonOf = (name: string) => string

export type FillRules = {
  /** Makes values safe for where they stand, as in a URL. */
  readonly escape?: (text: string) => string
  /** Most characters of the outcome (UTF-16 units). */
  readonly most?: number
}

/** Most characters of the outcome, where nothing else is said. */
const MOST_CHARACTERS = 16 << 20

/** The text with these values; undefined where it would be too long. */
export function fillTemplate({ parts }: Template, jsonOf: JsonOf, rules: FillRules = {}): string | undefined {
  const { escape: safe = (text: string) => text, most = MOST_CHARACTERS } = rules
  let filled = ''
  for (const part of parts) {
    filled += part.kind === 'text' ? part.text : written(part, jsonOf(part.name), safe)
    if (filled.length > most) return undefined
  }
  return filled
}

function written({ form, otherwise, isInside }: TemplateValue, json: string, safe: (text: string) => string): string {
  const value = json === 'null' && otherwise !== undefined ? JSON.stringify(otherwise) : json
  const text = form === 'json' ? value : value === 'null' ? '' : textOfJson(value)
  return isInside === true ? JSON.stringify(text).slice(1, -1) : safe(text)
}

/** A value of JSON as a text for people: a string without its quotes, anything else as it is. */
export const textOfJson = (json: string): string => (json.startsWith('"') ? (JSON.parse(json) as string) : json)
