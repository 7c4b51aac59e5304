/** The power is cut, or the process killed, after every single operation: acknowledged records are there, and no others. */
import { expect, test } from 'vitest'
import { Failure } from '../../base/failure.ts'
import { SimulatedDisk } from '../../base/simulated-disk.test-tool.ts'
import { BATCH_BYTES } from '../batch/chunk.ts'
import { appendOne, examine, live, newWitness, open, TOPICS, type Witness } from './power-cut.test-tool.ts'

const ROUNDS = 6
const SEEDS = 4

/** Lives on a disk that stops after `stopAfter` operations; `ended` tells whether it came to its end before. */
async function liveUntil(
  stopAfter: number,
  { rounds, padding }: { readonly rounds: number; readonly padding: number } = { rounds: ROUNDS, padding: 0 },
): Promise<{ disk: SimulatedDisk; witness: Witness; ended: boolean }> {
  const disk = new SimulatedDisk()
  const witness = newWitness(padding)
  disk.stopAfter = stopAfter
  const ended = await live(disk.disk, witness, rounds).then(
    () => true,
    (error) => {
      expect(error).toBeInstanceOf(Failure)
      return false
    },
  )
  return { disk, witness, ended }
}

/** Opens the folder as it was left, reads it all, and appends to every partition. */
async function goOn(disk: SimulatedDisk, witness: Witness): Promise<void> {
  const bus = await open(disk.disk)
  await examine(disk.disk, bus, witness)
  for (const [name, partitions] of TOPICS) {
    const topic = await bus.topic(name, partitions)
    for (let partition = 0; partition < partitions; partition++) await appendOne(topic, partition, witness)
  }
}

/** The same on a disk that may stop. */
async function tryToGoOn(disk: SimulatedDisk, witness: Witness): Promise<void> {
  await goOn(disk, witness).catch((error) => {
    if (!disk.stopped) throw error
  })
}

test('the power is cut after any operation, and again while the log recovers', async () => {
  let stops = 0
  for (let stop = 1; ; stop++) {
    const { ended } = await liveUntil(stop)
    if (ended) break
    stops++
    for (let seed = 0; seed < SEEDS; seed++) {
      const told = `cut after operation ${stop}, seed ${seed}`
      try {
        const { disk, witness } = await liveUntil(stop)
        const first = disk.afterPowerCut(seed)
        first.stopAfter = (stop + seed * 7) % 40
        await tryToGoOn(first, witness)
        const second = first.afterPowerCut(seed + 1)
        await goOn(second, witness)
        const third = second.afterPowerCut(seed + 2)
        await examine(third.disk, await open(third.disk), witness)
      } catch (error) {
        throw new Error(`${told}: ${error instanceof Error ? error.message : error}`, { cause: error })
      }
    }
  }
  expect(stops).toBeGreaterThan(150)
})

test('the process is killed after any operation, another one goes on, and then the power is cut', async () => {
  for (let stop = 1; ; stop++) {
    const { disk, witness, ended } = await liveUntil(stop)
    try {
      const second = disk.afterKill()
      await goOn(second, witness)
      const third = second.afterPowerCut(stop)
      await goOn(third, witness)
    } catch (error) {
      throw new Error(`killed after operation ${stop}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      })
    }
    if (ended) break
  }
})

test('appends of several batches are there whole or not at all', async () => {
  // Up to three lines an append, each more than half a batch.
  const large = { rounds: 2, padding: BATCH_BYTES / 2 }
  for (let stop = 1; ; stop++) {
    const { disk, witness, ended } = await liveUntil(stop, large)
    try {
      const second = disk.afterPowerCut(stop)
      await goOn(second, witness)
      const third = stop % 2 === 0 ? second.afterKill() : second.afterPowerCut(stop + 1)
      await examine(third.disk, await open(third.disk), witness)
    } catch (error) {
      throw new Error(`cut after operation ${stop}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      })
    }
    if (ended) break
  }
})
