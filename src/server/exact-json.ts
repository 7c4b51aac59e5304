/** JSON that goes through with its numbers as they are written: BIGINT and DECIMAL have more digits than a number of JavaScript. */

/** Where a number may have more digits than a double keeps. */
const LONG_NUMBER = /\d[\d.]{14}/

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown
/** As ECMAScript 2026 has them; the types of TypeScript do not know them yet. */
type ExactJson = {
  parse(text: string, reviver: Reviver): unknown
  rawJSON(text: string): unknown
}

const exact = JSON as unknown as ExactJson

/** The value of a text that `JSON.stringify` gives back as it was. */
export function exactJson(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text)
  return exact.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? exact.rawJSON(source) : value,
  )
}
