/**
 * logfmt: `key=value` pairs, as Heroku, go-kit, Grafana and many programs in Go write them. Columns are declared, or found in the
 * first lines, as in `json/found.ts`.
 */
import type { Records } from '../../record/column.ts'
import { textBetween } from '../../record/records.ts'
import { type DeclaredColumn, declaredColumns, type WrittenColumns } from '../declared-columns.ts'
import { fewLines } from '../few-lines.ts'
import { defineFormat, type Format } from '../format.ts'
import { type Kind, kindOfNumber, kindOfText, noColumns, typeOfKinds } from '../json/found.ts'
import { NUMBER } from '../scan/exact-number.ts'
import { recordDecoder, withoutCr } from '../scan/record-decoder.ts'
import { plainBytes } from '../scan/word.ts'
import { LogfmtReader } from './reader.ts'
import { LogfmtScan } from './scan.ts'

type Options = { readonly columns?: WrittenColumns | undefined }

const MOST_RECORDS = 1000
/** The keys of a line that is taken for logfmt where nobody says so. */
const KEY = /^[A-Za-z_@][\w.\-/#:@]*$/

export const logfmt: Format = defineFormat<Options>({
  name: 'logfmt',
  summary: 'key=value pairs (Heroku, go-kit); columns are declared with their keys, or found in the first lines.',
  options: ({ columns }) => ({ columns: columns.optional() }),
  open({ columns }, sample) {
    if (columns === undefined && sample === undefined) throw noColumns('logfmt')
    const declared = columns === undefined ? findLogfmtColumns(sample) : declaredColumns(columns)
    const keys = declared.map(({ field, path }) => path?.join('.') ?? field.name)
    return {
      fields: declared.map(({ field }) => field),
      declared,
      rowtime: undefined,
      skipsFirstLine: false,
      decoder: (wanted) =>
        recordDecoder(declared, wanted, (parsed, scratch) => new LogfmtReader(parsed, keys, scratch)),
    }
  },
  fit: logfmtFit,
})

/** The keys of a sample with their types, in the order in which they come first. A key alone makes no column. */
function findLogfmtColumns(sample: Records | undefined): DeclaredColumn[] {
  const found = new Map<string, Set<Kind>>()
  eachPair(sample, (scan) => {
    if (!scan.hasValue) return
    const key = textBetween(scan.bytes, scan.keyStart, scan.keyEnd)
    const kinds = found.get(key) ?? new Set()
    found.set(key, kinds)
    if (kinds.has('text') || (scan.start === scan.end && !scan.isQuoted)) return
    const text = textBetween(scan.bytes, scan.start, scan.end)
    if (text !== 'null' || scan.isQuoted) kinds.add(kindOf(text, scan.isQuoted))
  })
  return [...found].map(([name, kinds]) => ({ field: { name, type: typeOfKinds(kinds) }, isFound: true }))
}

function kindOf(text: string, isQuoted: boolean): Kind {
  if (isQuoted) return kindOfText(text)
  if (NUMBER.test(text)) return kindOfNumber(text)
  return text === 'true' || text === 'false' ? 'boolean' : kindOfText(text)
}

/** The share of lines that have two pairs at least, and nothing else. */
function logfmtFit(sample: Records): number {
  return shareOfPairs(fewLines(sample)) === 0 ? 0 : shareOfPairs(sample)
}

function shareOfPairs(sample: Records): number {
  const pairs = new Map<number, number>()
  eachPair(sample, (scan, line) => {
    const isPair = scan.hasValue && KEY.test(textBetween(scan.bytes, scan.keyStart, scan.keyEnd))
    pairs.set(line, isPair ? (pairs.get(line) ?? 0) + 1 : Number.NEGATIVE_INFINITY)
  })
  const lines = Math.min(sample.count, MOST_RECORDS)
  return lines === 0 ? 0 : [...pairs.values()].filter((count) => count > 1).length / lines
}

/** Goes through the pairs of the first lines, those before the trouble of a line too. */
function eachPair(sample: Records | undefined, take: (scan: LogfmtScan, line: number) => void): void {
  if (sample === undefined) return
  const scan = new LogfmtScan()
  scan.bytes = plainBytes(sample.bytes)
  for (let line = 0; line < Math.min(sample.count, MOST_RECORDS); line++) {
    const from = sample.start[line] as number
    scan.begin(from, withoutCr(scan.bytes, from, sample.end[line] as number))
    while (scan.next()) take(scan, line)
    if (scan.trouble !== '') {
      scan.hasValue = false
      take(scan, line)
    }
  }
}
