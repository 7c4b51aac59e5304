/** Which rows of a stream are on time, and the order of those. */
import { DELAY, type Row } from '../naive.test-tool.ts'

/** The rows that are on time, in the order in which OVER puts them out: by time, then partition, then place. */
export function inOrder(input: readonly Row[]): readonly Row[] {
  const watermarks = new Map<number, number>()
  const onTime = input.filter((row) => {
    const watermark = watermarks.get(row.partition) ?? -Infinity
    watermarks.set(row.partition, Math.max(watermark, (row.ts as number) - DELAY))
    return (row.ts as number) > watermark
  })
  const time = ({ row }: { readonly row: Row }) => row.ts as number
  return onTime
    .map((row, place) => ({ row, place }))
    .sort((a, b) => time(a) - time(b) || a.row.partition - b.row.partition || a.place - b.place)
    .map(({ row }) => row)
}
