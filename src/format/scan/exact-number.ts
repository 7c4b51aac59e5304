/**
 * Numbers of columns whose type was not declared. The first lines gave the type, and a later text may mean more than the number
 * that it would become: `01234` is a post code, `1e3` among whole numbers an id, and a double takes digits off a long number.
 */

/** A whole number as it is usually written, and any number. */
export const WHOLE: RegExp = /^-?(?:0|[1-9]\d*)$/
export const NUMBER: RegExp = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const NO_NUMBER = /^(?:NaN|-?Infinity)$/

/** Whether a text is a number of which the type, one of whole numbers or DOUBLE, changes nothing. */
export function isExactNumber(text: string, isDouble: boolean): boolean {
  if (!isDouble) return WHOLE.test(text)
  if (!NUMBER.test(text)) return NO_NUMBER.test(text)
  const near = Number(text)
  return !WHOLE.test(text) || Number.isSafeInteger(near) || BigInt(text) === BigInt(near)
}
