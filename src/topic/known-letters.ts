/**
 * Which dead letters are in their topic already, so that a run which goes on from a checkpoint, and meets their records again,
 * neither writes nor counts them twice. A few numbers say it, however many letters there are.
 *
 * A query meets the records of a partition in order, and is deterministic. So a mark is enough for each series of letters (of
 * a query, one of its readings of the topic, a kind and a partition): the offset of the last letter that is there, and how
 * many there are at that offset. Rows that were counted together have offset -1, so their mark counts them. Sinks do not refuse rows in
 * order: the ranges of their offsets are kept.
 */
import type { Offset } from '../base/quantity.ts'
import { addToRanges, isInRanges, rangesIn } from '../base/ranges.ts'

/** A series of letters of one partition. */
export type Series = {
  readonly kind: 'late' | 'partly_late' | 'expression'
  readonly query: string
  readonly scan: number
  readonly partition: number
  /** `tick`: late by a tick; `merged`: rows that were counted together. */
  readonly only?: 'tick' | 'merged' | undefined
}

/** As a checkpoint keeps it, by series or sink. A mark is `[offset, letters]`, ranges are `[from, to, from, to, …]`. */
export type KnownLetters = { readonly [series: string]: readonly number[] }

type Mark = { offset: Offset; count: number }

export type Known = {
  /** Notes letters that are there: `count` of the series at the offset. They come in order of offset. */
  note(series: Series, offset: Offset, count: number): void
  noteRefused(sink: string, partition: number, offset: Offset): void
  /** A test of the letters of a series, which come in order: whether the next one, at this offset, is there. */
  testOf(series: Series): (offset: Offset) => boolean
  hasRefused(sink: string, partition: number, offset: Offset): boolean
  /** Forgets the letters of a query, which begins anew and meets other rows. */
  forget(query: string): void
  /** What a checkpoint keeps: marks that the queries have not come to yet. */
  left(): KnownLetters
}

const seriesText = ({ kind, query, scan, partition, only }: Series): string =>
  [kind, query, scan, partition, ...(only === undefined ? [] : [only])].join(' ')
const sinkText = (sink: string, partition: number): string => `sink ${sink} ${partition}`
const isOfSink = (series: string): boolean => series.startsWith('sink ')

/** Goes on from what a checkpoint kept. */
export function openKnown(before: KnownLetters): Known {
  const kept = Object.entries(before)
  const marks = new Map<string, Mark>(
    kept.flatMap(([series, [offset = 0, count = 0]]) => (isOfSink(series) ? [] : [[series, { offset, count }]])),
  )
  const refused = new Map<string, number[]>(
    kept.flatMap(([key, ranges]) => (isOfSink(key) ? [[key, [...ranges]]] : [])),
  )
  return {
    note(series, offset, count) {
      const key = seriesText(series)
      const mark = marks.get(key)
      if (mark === undefined || mark.offset < offset) marks.set(key, { offset, count })
      else if (mark.offset === offset) mark.count += count
    },
    noteRefused(sink, partition, offset) {
      const key = sinkText(sink, partition)
      const ranges = refused.get(key) ?? []
      addToRanges(ranges, offset)
      refused.set(key, ranges)
    },
    testOf(series) {
      const key = seriesText(series)
      let mark = marks.get(key)
      return (offset) => {
        if (mark === undefined) return false
        if (offset < mark.offset) return true
        if (offset === mark.offset && mark.count > 0) {
          mark.count--
          return true
        }
        marks.delete(key)
        mark = undefined
        return false
      }
    },
    hasRefused: (sink, partition, offset) => isInRanges(refused.get(sinkText(sink, partition)) ?? [], offset),
    forget(query) {
      for (const [key, mark] of marks) {
        if (key.split(' ')[1] !== query) continue
        mark.offset = Number.NEGATIVE_INFINITY
        marks.delete(key)
      }
    },
    left: () => ({
      ...Object.fromEntries([...marks].map(([key, { offset, count }]) => [key, [offset, count]])),
      ...Object.fromEntries(refused),
    }),
  }
}

/** The letters that are known, without those of sinks which are beyond the row and so will not meet it again. */
export function withoutPassed(
  known: KnownLetters,
  placeOf: (sink: string, partition: number) => Offset | undefined,
): KnownLetters {
  const left = Object.entries(known).flatMap(([key, numbers]): (readonly [string, readonly number[]])[] => {
    if (!isOfSink(key)) return [[key, numbers]]
    const [, sink = '', partition] = key.split(' ')
    const place = placeOf(sink, Number(partition)) ?? 0
    const ranges = rangesIn(numbers).filter(([, to]) => to > place)
    return ranges.length === 0 ? [] : [[key, ranges.flat()]]
  })
  return Object.fromEntries(left)
}

/**
 * What checkpoints of version 0.1 have: each letter by itself, `KIND NAME PARTITION OFFSET REASON`, and how often it will be met
 * again.
 */
export function knownOfLetters(unmet: { readonly [letter: string]: number }): KnownLetters {
  const known = openKnown({})
  const letters = Object.entries(unmet).map(([letter, count]) => {
    const [kind = '', name = '', partition, offset] = letter.split(' ')
    return { kind, name, partition: Number(partition), offset: Number(offset), count }
  })
  for (const { kind, name, partition, offset, count } of letters.toSorted((a, b) => a.offset - b.offset)) {
    if (kind === 'sink') known.noteRefused(name, partition, offset)
    else if (kind !== 'format') {
      const only = offset < 0 ? 'merged' : undefined
      known.note({ kind: kind as Series['kind'], query: name, scan: 0, partition, only }, offset, count)
    }
  }
  return known.left()
}
