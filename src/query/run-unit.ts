/** Runs the units of a query over files in this thread, whatever the files are. */
import { ParquetScan } from './parquet/scan.ts'
import { ScanRunner, type UnitContext, type UnitScan } from './unit.ts'
import type { Outcome, Rest, Unit } from './units.ts'

export type UnitRunner = {
  /** Runs a unit and hands over its outcomes, in order. */
  run(unit: Unit, hand: (outcome: Outcome) => void): Promise<void>
  /** What was kept of all units, by scan: once they have been run. */
  rests(): readonly Rest[]
}

/** Runs units in this thread. A scan is opened when its first unit comes. */
export function openUnitRunner(context: UnitContext): UnitRunner {
  const scans = new Map<number, UnitScan>()
  return {
    async run(unit, hand) {
      const scan = scans.get(unit.scan) ?? scanOf(context, unit)
      scans.set(unit.scan, scan)
      await scan.run(unit, hand)
    },
    rests: () =>
      [...scans].flatMap(([scan, running]) => {
        const partial = running.rest()
        return partial === undefined ? [] : { scan, partial }
      }),
  }
}

function scanOf(context: UnitContext, unit: Unit): UnitScan {
  const columns = context.tables.find(({ name }) => name === unit.table)?.parquet
  return columns === undefined ? new ScanRunner(context, unit) : new ParquetScan(context, unit, columns)
}
