/** A disk that refuses: a failed sync ends all acknowledgements, a full disk does not; no acknowledged record is lost. */
import { expect, test } from 'vitest'
import { type Operation, SimulatedDisk } from '../../base/disk/simulated-disk.test-tool.ts'
import { Failure } from '../../base/failure.ts'
import type { Bus } from '../bus.ts'
import { examine, explained, live, liveOnce, newWitness, open, type Witness } from './power-cut.test-tool.ts'

const ROUNDS = 6

const acknowledged = ({ attempts }: Witness): number =>
  [...attempts.values()].flat().filter((attempt) => attempt.acknowledged !== undefined).length

/** Lives on, whatever the disk refuses. */
async function insist(disk: SimulatedDisk, witness: Witness): Promise<Bus | undefined> {
  const bus = await open(disk.disk).catch(() => undefined)
  for (let round = 0; bus !== undefined && round < ROUNDS; round++) {
    await liveOnce(disk.disk, bus, witness).catch((error) => expect(error).toBeInstanceOf(Failure))
  }
  return bus
}

/** The operations of an undisturbed life that fit; `before` is the previous one. */
async function operationsOf(
  fits: (operation: Operation, before: Operation | undefined) => boolean,
): Promise<readonly Operation[]> {
  const found: Operation[] = []
  let before: Operation | undefined
  const disk = new SimulatedDisk()
  disk.trouble = (operation) => {
    if (fits(operation, before)) found.push(operation)
    before = operation
    return undefined
  }
  await live(disk.disk, newWitness(), ROUNDS)
  return found
}

/** Examines the folder after this process was killed, and again after the power was cut then. */
async function killThenCut(disk: SimulatedDisk, witness: Witness, seed: number): Promise<void> {
  const killed = disk.afterKill()
  await examine(killed.disk, await open(killed.disk), witness)
  const cut = killed.afterPowerCut(seed)
  await examine(cut.disk, await open(cut.disk), witness)
}

test('after a failed sync of the log no append is acknowledged, and all that the next process reads is durable', async () => {
  // A deletion syncs its folder, and the file that says so, too; where that fails, the log goes on.
  const ofDeletion = ({ path }: Operation, before: Operation | undefined) =>
    path.endsWith('.json.new') || before?.kind === 'rename' || before?.kind === 'unlink'
  const syncs = await operationsOf(
    (operation, before) =>
      operation.kind.startsWith('sync') && operation.path.includes('/topics/') && !ofDeletion(operation, before),
  )
  expect(syncs.length).toBeGreaterThan(20)
  for (const { number, path } of syncs) {
    const disk = new SimulatedDisk()
    const witness = newWitness()
    let before: number | undefined
    disk.trouble = (operation) => {
      if (operation.number !== number) return undefined
      before = acknowledged(witness)
      return new Failure('io', `cannot sync ${operation.path}`)
    }
    const bus = await insist(disk, witness)
    // A topic that could not be opened is opened again; none of its records was acknowledged before.
    if (bus !== undefined && before !== undefined && before > 0)
      expect(acknowledged(witness), `after sync ${number} of ${path} failed`).toBe(before)
    await explained(`after sync ${number} of ${path} failed`, () => killThenCut(disk, witness, number))
  }
})

for (const code of ['full', 'io'] as const) {
  test(`writing is refused (${code}) at any operation, once or for a while: nothing acknowledged is lost`, async () => {
    const writes = await operationsOf(({ kind }) => ['write', 'create', 'mkdir'].includes(kind))
    expect(writes.length).toBeGreaterThan(60)
    for (const { number, path } of writes) {
      for (const length of [1, 12]) {
        const disk = new SimulatedDisk()
        const witness = newWitness()
        disk.trouble = ({ kind, number: at }) =>
          ['write', 'create', 'mkdir'].includes(kind) && at >= number && at < number + length
            ? new Failure(code, 'refused', { retryable: code === 'full' })
            : undefined
        await explained(`after operation ${number} (${path}), for ${length}`, async () => {
          const bus = await insist(disk, witness)
          // With room again, the same process goes on.
          while (bus !== undefined && disk.operations <= number + length) {
            await liveOnce(disk.disk, bus, witness).catch(() => {})
            if (code === 'io') break
          }
          if (code === 'full' && bus !== undefined) await liveOnce(disk.disk, bus, witness)
          await killThenCut(disk, witness, number)
        })
      }
    }
  })
}
