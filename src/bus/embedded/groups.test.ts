import { expect, test } from 'vitest'
import { SimulatedDisk } from '../../base/disk/simulated-disk.test-tool.ts'
import { Failure } from '../../base/failure.ts'
import { openGroups } from './groups.ts'

const at = (offset: number) => ({ 0: offset })

test('an offset whose write failed, at whatever operation, does not count as committed; the next write has it', async () => {
  for (let failing = 0; ; failing++) {
    const disk = new SimulatedDisk()
    await disk.disk.mkdir('/groups')
    const groups = openGroups(disk.disk, '/groups')
    await groups.commit('g', 't', at(1))
    let left = failing
    disk.trouble = ({ path }) => (left-- === 0 ? new Failure('io', `cannot write ${path}`) : undefined)
    const outcome = await groups.commit('g', 't', at(2)).catch((error: unknown) => error)
    disk.trouble = () => undefined
    expect(await groups.committed('g', 't')).toEqual(at(outcome === undefined ? 2 : 1))
    await groups.commit('g', 'u', at(7))
    expect(await groups.committed('g', 't')).toEqual(at(2))
    expect(await openGroups(disk.disk, '/groups').committed('g', 't')).toEqual(at(2))
    if (outcome === undefined) {
      expect(failing).toBeGreaterThan(2)
      return
    }
    expect(outcome).toBeInstanceOf(Failure)
  }
})
