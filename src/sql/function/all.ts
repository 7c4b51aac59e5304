/** Every scalar function and operator, by its name in upper case or its sign, in the order of the reference page. */

import { makeArray, makeMap, makeRow } from './collection/construct.ts'
import { cardinality, element, elementAt, fieldOf } from './collection/element.ts'
import { mapFunctions } from './collection/maps.ts'
import { orderFunctions } from './collection/ordered.ts'
import { sequenceFunctions } from './collection/sequences.ts'
import { setFunctions } from './collection/sets.ts'
import { splitFunctions } from './collection/split.ts'
import { comparisonFunctions } from './condition/comparison.ts'
import { greatest, least } from './condition/extreme.ts'
import { inList } from './condition/in-list.ts'
import { logicFunctions } from './condition/logic.ts'
import type { ScalarFunction } from './function.ts'
import { jsonArray, jsonObject, jsonString, rawJson } from './json/construct.ts'
import { isJsonTests } from './json/is-json.ts'
import { jsonExists, jsonQuery } from './json/query.ts'
import { jsonQuote, jsonUnquote } from './json/quote.ts'
import { jsonValue } from './json/value.ts'
import { addressFunctions } from './network/address.ts'
import { agentFunctions } from './network/agent.ts'
import { redactionFunctions } from './network/redaction.ts'
import { webFunctions } from './network/web.ts'
import { arithmeticFunctions } from './number/arithmetic.ts'
import { mathFunctions } from './number/math.ts'
import { randomFunctions } from './number/random.ts'
import { abs, round, sign, truncate } from './number/rounding.ts'
import { charsetFunctions } from './text/charset.ts'
import { concat, concatOperator, concatWith } from './text/concat.ts'
import { ascii, chr, elt, overlay, replace, reverse, translate } from './text/edit.ts'
import { encodingFunctions } from './text/encoding.ts'
import { initcap, lower, upper } from './text/letter-case.ts'
import { letterAndDigitFunctions } from './text/letters-and-digits.ts'
import { like } from './text/like.ts'
import { lpad, repeat, rpad, toChar } from './text/pad.ts'
import { parseUrl } from './text/parse-url.ts'
import { printf } from './text/printf.ts'
import { regexp, regexpCount, regexpExtract, regexpInstr, regexpReplace, regexpSubstr } from './text/regexp.ts'
import { searchFunctions } from './text/search.ts'
import { similar } from './text/similar.ts'
import { splitIndex } from './text/split-index.ts'
import { substringFunctions } from './text/substring.ts'
import { timestampAdd, timestampDiff } from './time/difference.ts'
import { extractFunctions } from './time/extract.ts'
import { floorFunctions } from './time/floor.ts'
import { nowFunctions } from './time/now.ts'
import { dateFormat, toDate, toTimestamp, toTimestampLtz } from './time/text.ts'
import { convertTz, fromUnixtime, unixTimestamp } from './time/unix-time.ts'

const functions: readonly ScalarFunction[] = [
  // Arithmetic
  ...arithmeticFunctions,
  // Comparison and logic
  ...comparisonFunctions,
  ...logicFunctions,
  like,
  similar,
  inList,
  greatest,
  least,
  // Numbers
  abs,
  sign,
  ...floorFunctions,
  round,
  truncate,
  ...mathFunctions,
  ...randomFunctions,
  // Texts
  concatOperator,
  concat,
  concatWith,
  upper,
  lower,
  initcap,
  ...substringFunctions,
  ...searchFunctions,
  ...letterAndDigitFunctions,
  replace,
  overlay,
  lpad,
  rpad,
  toChar,
  repeat,
  reverse,
  translate,
  splitIndex,
  ascii,
  chr,
  elt,
  printf,
  // Digests and encodings
  ...encodingFunctions,
  ...charsetFunctions,
  parseUrl,
  regexp,
  regexpExtract,
  regexpSubstr,
  regexpInstr,
  regexpReplace,
  regexpCount,
  // JSON
  jsonValue,
  jsonQuery,
  jsonExists,
  ...isJsonTests,
  jsonObject,
  jsonArray,
  jsonString,
  rawJson,
  jsonQuote,
  jsonUnquote,
  // Times; FLOOR and CEIL are among the numbers
  ...extractFunctions,
  dateFormat,
  toTimestamp,
  toTimestampLtz,
  toDate,
  unixTimestamp,
  fromUnixtime,
  convertTz,
  timestampAdd,
  timestampDiff,
  ...nowFunctions,
  // Arrays, maps and rows
  elementAt,
  fieldOf,
  makeArray,
  makeMap,
  makeRow,
  cardinality,
  element,
  ...setFunctions,
  ...sequenceFunctions,
  ...orderFunctions,
  ...mapFunctions,
  ...splitFunctions,
  // Of our own
  ...addressFunctions,
  ...webFunctions,
  ...agentFunctions,
  ...redactionFunctions,
]

/** The functions by name. */
export const scalarFunctions: ReadonlyMap<string, ScalarFunction> = new Map(
  functions.map((scalar) => [scalar.name, scalar]),
)
