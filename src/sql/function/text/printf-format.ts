/**
 * The formats of PRINTF, which are those of java.util.Formatter for Locale.US:
 *
 *     %[index$][flags][width][.precision]conversion      flags: - # + blank 0 , ( <
 *
 * A format that Java refuses gives undefined, as it makes the result NULL.
 */

export type Conversion = 'b' | 's' | 'c' | 'd' | 'o' | 'x' | 'e' | 'f' | 'g'

export type Directive = {
  readonly conversion: Conversion
  /** Of the capital form, such as %X: the text is in capitals. */
  readonly capital: boolean
  /** Which argument, from 0. */
  readonly argument: number
  readonly flags: ReadonlySet<string>
  /** In UTF-16 units. */
  readonly width: number | undefined
  readonly precision: number | undefined
}

export type PrintfPart = string | Directive

/** Conversions of Java that PRINTF does not have here: their results follow from the insides of Java's objects. */
const OTHERS = new Set('hHaAtT')
const DIRECTIVE = /%(?:(\d+)\$)?([-#+ 0,(<]*)(\d+)?(?:\.(\d+))?([A-Za-z%])/y
const CONVERSIONS = new Set('bBsScCdoxXeEfgG')
/** The greatest int of Java: a width beyond it is none. */
const GREATEST = 2 ** 31 - 1

/** The parts of a format; undefined where Java refuses it; `unsupported` for a conversion that is not here. */
export function parseFormat(format: string): readonly PrintfPart[] | undefined | { readonly unsupported: string } {
  const parts: PrintfPart[] = []
  let ordinary = 0
  let last = -1
  for (let at = 0; at < format.length; at = DIRECTIVE.lastIndex) {
    const next = format.indexOf('%', at)
    if (next !== at) parts.push(format.slice(at, next < 0 ? undefined : next))
    if (next < 0) break
    DIRECTIVE.lastIndex = next
    const match = DIRECTIVE.exec(format)
    if (match === null) return undefined
    const { signs, conversion } = { signs: match[2] ?? '', conversion: match[5] ?? '' }
    if (OTHERS.has(conversion)) return { unsupported: `%${conversion}` }
    const sizes = { width: size(match[3]), precision: size(match[4]) }
    if (
      new Set(signs).size !== signs.length ||
      Object.values(sizes).some((each) => each !== undefined && each > GREATEST)
    )
      return undefined
    if (conversion === 'n' || conversion === '%') {
      const text = fixedText(conversion, signs, sizes)
      if (text === undefined) return undefined
      parts.push(text)
      continue
    }
    if (!CONVERSIONS.has(conversion)) return undefined
    if (signs.includes('<')) {
      if (last < 0) return undefined
    } else if (match[1] === undefined) last = ordinary++
    else last = Number(match[1]) - 1
    if (last < 0) return undefined
    const kind = conversion.toLowerCase() as Conversion
    const flags = new Set(signs.replace('<', ''))
    const directive = { conversion: kind, capital: conversion !== kind, argument: last, flags, ...sizes }
    if (!isAllowed(directive)) return undefined
    parts.push(directive)
  }
  return parts
}

const size = (digits: string | undefined): number | undefined => (digits === undefined ? undefined : Number(digits))

type Sizes = Pick<Directive, 'width' | 'precision'>

/** What %n and %% write. */
function fixedText(conversion: string, signs: string, { width, precision }: Sizes): string | undefined {
  if (precision !== undefined) return undefined
  if (conversion === 'n') return width === undefined && signs === '' ? '\n' : undefined
  if (/[^-]/.test(signs) || (signs !== '' && width === undefined)) return undefined
  return signs === '' ? '%'.padStart(width ?? 0) : '%'.padEnd(width ?? 0)
}

/** Flags that a conversion does not take. */
const NO_FLAGS: Readonly<Record<Conversion, string>> = {
  b: '#+ 0,(',
  s: '#+ 0,(',
  c: '#+ 0,(',
  d: '#',
  o: ',+ (',
  x: ',+ (',
  e: ',',
  f: '',
  g: '#',
}

function isAllowed({ conversion, flags, width, precision }: Directive): boolean {
  if (Array.from(NO_FLAGS[conversion]).some((flag) => flags.has(flag))) return false
  if (precision !== undefined && 'cdox'.includes(conversion)) return false
  if ((flags.has('-') || flags.has('0')) && width === undefined) return false
  return !(flags.has('-') && flags.has('0')) && !(flags.has('+') && flags.has(' '))
}
