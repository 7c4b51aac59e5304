/** Writers of rows that take turns. */
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Figure, figure, median } from '../measure.ts'
import type { Writer } from './writer.ts'

const RUNS = Number(process.env.BENCH_RUNS ?? 5)

type Timed = { readonly name: string; readonly rate: number; readonly micros: number }

async function timed({ name, write }: Writer, rows: number): Promise<Timed> {
  const folder = mkdtempSync(join(tmpdir(), 'tailrace-bench-'))
  try {
    const began = performance.now()
    const before = process.cpuUsage()
    await write(folder, rows)
    const { user, system } = process.cpuUsage(before)
    return { name, rate: rows / ((performance.now() - began) / 1000), micros: (user + system) / rows }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** In turns, in another order each time: `uncounted` runs come first, in which a server gets faster. */
export async function raceWriters(
  what: string,
  writers: readonly Writer[],
  { rows, uncounted = 1 }: { readonly rows: number; readonly uncounted?: number },
): Promise<readonly Figure[]> {
  const runs: Timed[] = []
  for (let run = -uncounted; run < RUNS; run++) {
    for (const writer of run % 2 === 0 ? writers : writers.toReversed()) {
      const one = await timed(writer, rows)
      if (run >= 0) runs.push(one)
    }
  }
  const medians = writers.map(({ name }) => {
    const own = runs.filter((run) => run.name === name)
    return { name, rate: median(own.map(({ rate }) => rate)), micros: median(own.map(({ micros }) => micros)) }
  })
  console.log(`\n${what}, ${rows} rows, load ${loadavg()[0]?.toFixed(1)}`)
  for (const { name, rate, micros } of medians) {
    console.log(
      `  ${name.padEnd(24)} ${rate.toFixed(0).padStart(8)} rows/s ${micros.toFixed(2).padStart(7)} µs of processor a row`,
    )
  }
  const [own, ...peers] = medians
  return peers.flatMap((peer) =>
    own === undefined
      ? []
      : [
          figure(what, own.rate, 'rows/s', { name: peer.name, value: peer.rate }),
          figure(`${what}, processor`, own.micros, 'µs/row', { name: peer.name, value: peer.micros }),
        ],
  )
}
