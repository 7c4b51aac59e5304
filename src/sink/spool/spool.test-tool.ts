/** Records with their arrival, and what a spool folder has. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deliveryOf } from '../../../test/contract/made-deliveries.ts'
import type { Delivery } from '../sink.ts'

/** A delivery of texts that arrived at these times, the first at `baseOffset`. */
export function arrived(
  partition: number,
  baseOffset: number,
  made: readonly (readonly [text: string, at: number])[],
): Delivery {
  const delivery = deliveryOf(
    partition,
    baseOffset,
    made.map(([text]) => ({ text, time: 0 })),
  )
  const timestamps = Float64Array.from(made, ([, at]) => at)
  return { ...delivery, kept: { baseOffset, values: delivery.records, keys: undefined, timestamps } }
}

/** The finished files of a folder, by name. */
export async function finishedIn(folder: string): Promise<{ [name: string]: string }> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.')).sort()
  const files = names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)
  return Object.fromEntries(await Promise.all(files))
}
