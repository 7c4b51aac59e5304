/** Damage of every kind, made by hand or bit by bit, is named, never read as data, and repaired only where proved. */
import { expect, test } from 'vitest'
import { SimulatedDisk } from '../../../base/disk/simulated-disk.test-tool.ts'
import { Failure } from '../../../base/failure.ts'
import { readChecked, writeChecked } from '../../../data/checked-json.ts'
import { flipped } from '../../appends.test-tool.ts'
import { DATA, examine, live, newWitness, open, STATE, type Witness } from '../power-cut.test-tool.ts'
import type { Finding } from './finding.ts'
import { inspectFolder } from './fsck.ts'
import { repairFolder } from './repair.ts'

async function lived(rounds: number): Promise<{ disk: SimulatedDisk; witness: Witness }> {
  const disk = new SimulatedDisk()
  const witness = newWitness()
  await live(disk.disk, witness, rounds)
  return { disk: disk.copy(), witness }
}

const look = (disk: SimulatedDisk) => inspectFolder(disk.disk, DATA, false)

/** The files of a partition, by what their names end with. */
const filesOf = (disk: SimulatedDisk, partition: string, ending: string) =>
  [...disk.files().keys()].filter((path) => path.includes(`/${partition}/`) && path.endsWith(ending))

function spoil(disk: SimulatedDisk, path: string, change: (bytes: Buffer) => Uint8Array): readonly Finding[] {
  disk.put(path, change(Buffer.from(disk.files().get(path) ?? [])))
  return look(disk).findings
}

test('a healthy folder is clean, and its records are counted', async () => {
  const { disk, witness } = await lived(5)
  disk.put(`${DATA}/notes.txt`, Buffer.from('mine'))
  disk.put(`${DATA}/kafka.json`, Buffer.from('of the bus'))
  await disk.disk.mkdir(`${DATA}/sinks`)
  const before = disk.operations
  const found = look(disk)
  expect(found.findings).toMatchObject([{ kind: 'unknown', isDamage: false, file: 'notes.txt' }])
  expect(disk.operations).toBe(before)
  const kept = [...witness.attempts.values()].flat().reduce((sum, { lines }) => sum + lines.length, 0)
  expect(found.records).toBeGreaterThan(kept / 2)
  expect(found.groups).toBe(1)
})

// Holds damage.
test('any flipped bit is named by fsck, and the bus boots or refuses; nothing false is read', async () => {
  const { disk: healthy, witness } = await lived(3)
  let flips = 0
  for (const [path, bytes] of healthy.files()) {
    if (/owner\.json|lock$/.test(path)) continue
    for (let bit = 0; bit < bytes.length * 8; bit += path.includes('b-0') ? 1 : 9) {
      const disk = healthy.copy()
      disk.put(path, flipped(bytes, bit >> 3, 1 << (bit & 7)))
      const told = `${path}, bit ${bit}`
      flips++
      let named = 0
      try {
        named = look(disk).findings.length
      } catch (error) {
        if (!(error instanceof Failure)) throw new Error(`${told}: ${String(error)}`)
        named = 1
      }
      if (path === STATE) expect(() => readChecked(disk.disk, path)).toThrow(/damaged/)
      else expect(named, told).toBeGreaterThan(0)
      try {
        await examine(disk.disk, await open(disk.disk), structuredClone(witness))
      } catch (error) {
        const isNamed = error instanceof Failure && ['corrupt', 'usage'].includes(error.code)
        if (!isNamed || !error.message.includes(path === STATE ? STATE : DATA))
          throw new Error(`${told}: ${String(error)}`, { cause: error })
      }
    }
  }
  expect(flips).toBeGreaterThan(2000)
})

test('damage in a closed segment is named with place, nature and offsets, and the records behind it are counted', async () => {
  const { disk } = await lived(6)
  const [first = ''] = filesOf(disk, 'b-0', '.log')
  const whole = look(disk).records
  const findings = spoil(disk, first, (bytes) => flipped(bytes, 70, 1))
  expect(findings).toMatchObject([
    {
      kind: 'records',
      isDamage: true,
      file: first.slice(DATA.length + 1),
      position: 0,
      nature: 'the checksum (CRC32C) does not match the content',
      affected: { topic: 'b', partition: 0, from: 0 },
    },
  ])
  const { from = 0, to = 0 } = findings[0]?.affected ?? {}
  expect(to - from).toBeGreaterThan(0)
  expect(look(disk).records).toBe(whole - (to - from))
  expect(findings[0]?.repair).toBeUndefined()
})

test('a torn tail is a note, and is cut off only where the index proves it; the bytes are kept', async () => {
  const { disk, witness } = await lived(4)
  const log = filesOf(disk, 'b-0', '.log').at(-1) ?? ''
  const size = disk.files().get(log)?.length ?? 0
  const torn = Buffer.from('half an append')
  const findings = spoil(disk, log, (bytes) => Buffer.concat([bytes, torn]))
  expect(findings).toMatchObject([{ kind: 'tail', isDamage: false, position: size, repair: { kind: 'cut tail' } }])
  const done = await repairFolder(disk.disk, DATA, findings)
  expect(done).toEqual([expect.stringContaining(`cut at byte ${size}; the 14 bytes behind it are in cut/b-0.`)])
  const kept = [...disk.files()].filter(([path]) => path.startsWith(`${DATA}/cut/`))
  expect(kept.map(([, bytes]) => Buffer.from(bytes).toString())).toEqual(['half an append'])
  expect(look(disk).findings).toEqual([])
  await examine(disk.disk, await open(disk.disk), witness)
})

test('a torn tail without its index may have been acknowledged: it is damage, and repair leaves it', async () => {
  const { disk } = await lived(4)
  const log = filesOf(disk, 'b-0', '.log').at(-1) ?? ''
  disk.put(log.replace(/log$/, 'points'), new Uint8Array(0))
  const findings = spoil(disk, log, (bytes) => bytes.subarray(0, -5))
  expect(findings).toMatchObject([
    { kind: 'tail', isDamage: true },
    { kind: 'index', isDamage: false },
  ])
  expect(await repairFolder(disk.disk, DATA, findings)).toEqual([])
})

test('an index that is lost, torn or of another segment is made again from its segment', async () => {
  const { disk, witness } = await lived(6)
  const [first = '', second = ''] = filesOf(disk, 'b-0', '.points')
  const files = disk.files()
  for (const bytes of [new Uint8Array(0), files.get(first)?.subarray(0, 40), files.get(second)]) {
    const findings = spoil(disk, first, () => bytes ?? new Uint8Array(0))
    expect(findings).toMatchObject([{ kind: 'index', isDamage: true, repair: { kind: 'rebuild index' } }])
    expect(await repairFolder(disk.disk, DATA, findings)).toHaveLength(1)
    expect(look(disk).findings).toEqual([])
    expect(disk.files().get(first)).toEqual(files.get(first))
  }
  await examine(disk.disk, await open(disk.disk), witness)
})

test('a lost segment is a gap; a lost end, and a group beyond the end, are named', async () => {
  const { disk } = await lived(6)
  const [, second = ''] = filesOf(disk, 'b-0', '.log')
  const last = filesOf(disk, 'a-1', '.log').at(-1) ?? ''
  disk.disk.unlink(second)
  disk.disk.unlink(second.replace(/log$/, 'points'))
  await writeChecked(disk.disk, `${DATA}/groups/g.json`, { a: { 1: 1_000_000 } })
  const findings = spoil(disk, last, (bytes) => bytes.subarray(0, bytes.length - 1))
  expect(findings.map(({ kind, isDamage }) => [kind, isDamage])).toEqual([
    ['records', true],
    ['gap', true],
  ])
  expect(findings[0]?.nature).toMatch(/was durable up to byte/)
  expect(findings[1]?.nature).toMatch(/^the segment ends with offset \d+, the next one begins with \d+$/)
  const { disk: other } = await lived(3)
  await writeChecked(other.disk, `${DATA}/groups/g.json`, { a: { 1: 1_000_000 } })
  expect(look(other).findings).toMatchObject([{ kind: 'group', isDamage: true, file: 'groups/g.json' }])
})
