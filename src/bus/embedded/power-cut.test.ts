/** The power is cut, or the process killed, after every single operation: acknowledged records are there, and no others. */
import { expect, test } from 'vitest'
import { SimulatedDisk } from '../../base/disk/simulated-disk.test-tool.ts'
import { Failure } from '../../base/failure.ts'
import { BATCH_BYTES } from '../batch/chunk.ts'
import { appendOne, examine, explained, live, newWitness, open, TOPICS, type Witness } from './power-cut.test-tool.ts'

const LIFE = { rounds: 6, padding: 0 }
const SEEDS = 4

/** Lives on a disk that stops after each operation in turn; checks what is left. Gives the number of operations. */
async function stopEverywhere(
  life: { readonly rounds: number; readonly padding: number },
  check: (disk: SimulatedDisk, witness: Witness, stop: number) => Promise<void>,
): Promise<number> {
  for (let stop = 1; ; stop++) {
    const disk = new SimulatedDisk()
    const witness = newWitness(life.padding)
    disk.stopAfter = stop
    const failure = await live(disk.disk, witness, life.rounds).catch((error: unknown) => error)
    await explained(`stopped after operation ${stop}`, () => check(disk, witness, stop))
    if (failure === undefined) return stop
    expect(failure).toBeInstanceOf(Failure)
  }
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

// Promise durable: A record that was acknowledged is not lost by `kill -9`, a power cut or a torn write.
test('the power is cut after any operation, and again while the log recovers', async () => {
  const stops = await stopEverywhere(LIFE, async (disk, witness, stop) => {
    for (let seed = 0; seed < SEEDS; seed++) {
      await explained(`seed ${seed}`, async () => {
        const seen = structuredClone(witness)
        const first = disk.afterPowerCut(seed)
        first.stopAfter = (stop + seed * 7) % 40
        await goOn(first, seen).catch((error) => {
          if (!first.stopped) throw error
        })
        const second = first.afterPowerCut(seed + 1)
        await goOn(second, seen)
        const third = second.afterPowerCut(seed + 2)
        await examine(third.disk, await open(third.disk), seen)
      })
    }
  })
  expect(stops).toBeGreaterThan(150)
})

test('the process is killed after any operation, another one goes on, and then the power is cut', async () => {
  await stopEverywhere(LIFE, async (disk, witness, stop) => {
    const second = disk.afterKill()
    await goOn(second, witness)
    await goOn(second.afterPowerCut(stop), witness)
  })
})

test('appends of several batches are there whole or not at all', async () => {
  // Up to three lines an append, each more than half a batch.
  await stopEverywhere({ rounds: 2, padding: BATCH_BYTES / 2 }, async (disk, witness, stop) => {
    const second = disk.afterPowerCut(stop)
    await goOn(second, witness)
    const third = stop % 2 === 0 ? second.afterKill() : second.afterPowerCut(stop + 1)
    await examine(third.disk, await open(third.disk), witness)
  })
})
