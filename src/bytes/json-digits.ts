/** JSON whose numbers have more digits than a double keeps: BIGINT, DECIMAL, nanoseconds. */

/** Gives what stands for a number, which the text writes as `source`. */
type OfNumber = (value: number, source: string) => unknown

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown
/** As ECMAScript 2026 has it; the types of TypeScript do not know it yet. */
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown

/** The value of a text, with what `ofNumber` gives for each number in it. Throws a SyntaxError where it is not JSON. */
export const parseDigits = (text: string, ofNumber: OfNumber): unknown =>
  parse(text, (_, value, { source }) => (typeof value === 'number' ? ofNumber(value, source ?? String(value)) : value))
