/** Every scalar function and operator, by its name in upper case or its sign. A new one is a line here. */

import {
  equal,
  greater,
  greaterOrEqual,
  isDistinct,
  isNotDistinct,
  less,
  lessOrEqual,
  notEqual,
} from './condition/comparison.ts'
import { greatest, least } from './condition/extreme.ts'
import { inList } from './condition/in-list.ts'
import {
  isFalse,
  isNotFalse,
  isNotNull,
  isNotTrue,
  isNotUnknown,
  isNull,
  isTrue,
  isUnknown,
  not,
} from './condition/logic.ts'
import type { ScalarFunction } from './function.ts'
import { divide, minus, mod, negative, plus, positive, remainder, times } from './number/arithmetic.ts'
import { mathFunctions } from './number/math.ts'
import { abs, round, sign, truncate } from './number/rounding.ts'
import { concat, concatOperator, concatWith } from './text/concat.ts'
import { ascii, chr, elt, overlay, replace, reverse, translate } from './text/edit.ts'
import {
  bin,
  fromBase64,
  hex,
  md5,
  sha1,
  sha2,
  sha224,
  sha256,
  sha384,
  sha512,
  toBase64,
  urlDecode,
  urlEncode,
} from './text/encoding.ts'
import { initcap, lower, upper } from './text/letter-case.ts'
import { like } from './text/like.ts'
import { lpad, repeat, rpad, toChar } from './text/pad.ts'
import { parseUrl } from './text/parse-url.ts'
import { regexp, regexpCount, regexpExtract, regexpReplace } from './text/regexp.ts'
import { characterLength, charLength, endsWith, instr, locate, position, startsWith } from './text/search.ts'
import { splitIndex } from './text/split-index.ts'
import { btrim, left, ltrim, right, rtrim, substr, substring, trim } from './text/substring.ts'
import { timestampAdd, timestampDiff } from './time/difference.ts'
import { extract, extractFunctions } from './time/extract.ts'
import { ceil, ceiling, floor } from './time/floor.ts'
import { nowFunctions } from './time/now.ts'
import { dateFormat, toDate, toTimestamp, toTimestampLtz } from './time/text.ts'
import { convertTz, fromUnixtime, unixTimestamp } from './time/unix-time.ts'

const functions: readonly ScalarFunction[] = [
  // Arithmetic
  plus,
  minus,
  times,
  divide,
  remainder,
  negative,
  positive,
  mod,
  // Comparison and logic
  equal,
  notEqual,
  less,
  lessOrEqual,
  greater,
  greaterOrEqual,
  isDistinct,
  isNotDistinct,
  not,
  isNull,
  isNotNull,
  isTrue,
  isNotTrue,
  isFalse,
  isNotFalse,
  isUnknown,
  isNotUnknown,
  like,
  inList,
  greatest,
  least,
  // Numbers
  abs,
  sign,
  ceil,
  ceiling,
  floor,
  round,
  truncate,
  ...mathFunctions,
  // Texts
  concatOperator,
  concat,
  concatWith,
  upper,
  lower,
  initcap,
  substring,
  substr,
  left,
  right,
  trim,
  ltrim,
  rtrim,
  btrim,
  charLength,
  characterLength,
  position,
  locate,
  instr,
  startsWith,
  endsWith,
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
  // Digests and encodings
  md5,
  sha1,
  sha224,
  sha256,
  sha384,
  sha512,
  sha2,
  toBase64,
  fromBase64,
  hex,
  bin,
  urlEncode,
  urlDecode,
  parseUrl,
  regexp,
  regexpExtract,
  regexpReplace,
  regexpCount,
  // Times; FLOOR and CEIL are among the numbers
  extract,
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
]

export const scalarFunctions: ReadonlyMap<string, ScalarFunction> = new Map(
  functions.map((scalar) => [scalar.name, scalar]),
)
