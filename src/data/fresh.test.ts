/** `run --fresh` is interrupted after every single operation; the next start must understand what is left. */
import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { isThere, readWhole } from '../base/disk/disk.ts'
import { SimulatedDisk } from '../base/disk/simulated-disk.test-tool.ts'
import { Failure } from '../base/failure.ts'
import { seededRandom } from '../base/random.ts'
import { openBeforeMemory } from './before.ts'
import { checkFormatFile, OWN_FILES, ownDataFolder } from './data-folder.ts'
import { takeFile } from './file-owner.ts'
import { makeFresh, planFresh } from './fresh.ts'

const DATA = '/p/.tailrace/p'
const LIFE = '20261129T002207590Z'
const rolled = (name: string) => `arch-${LIFE}-p0-${'0'.repeat(20)}${name}`

/** What people had in the folders of sinks before the first run. */
const THEIRS: { readonly [path: string]: string } = {
  '/p/old.csv': 'a,b\n',
  '/p/archive/26-11-29/mine.log': 'mine\n',
  '/p/archive/26-11-29/arch-20250101T000000000Z-p0-00000000000000000000.tmp': 'of another pipeline\n',
  '/p/archive/other/note.txt': 'not of a day\n',
}

/** A pipeline has run here: its data folder, and files of its sinks. */
async function afterRun(): Promise<SimulatedDisk> {
  const made = new SimulatedDisk()
  const { disk } = made
  for (const folder of [DATA, '/p/archive/26-11-29', '/p/archive/other', '/p/archive/undated']) await disk.mkdir(folder)
  const data = await ownDataFolder(disk, DATA, systemClock, seededRandom(1))
  const memory = openBeforeMemory(disk, DATA)
  for (const name of ['old', 'new']) await takeFile(disk, `/p/${name}.csv`, data.identity, name)
  await disk.syncFolder('/p')
  await memory.remember('old', { kind: 'file', path: '/p/old.csv', length: 4 })
  await memory.remember('new', { kind: 'file', path: '/p/new.csv', length: null })
  await memory.remember('new', { kind: 'file', path: '/p/new.csv', length: 7 })
  await memory.remember('arch', { kind: 'rolled', path: '/p/archive/%y-%m-%d', life: LIFE })
  await disk.mkdir(`${DATA}/topics/access`)
  made.put(`${DATA}/checkpoint`, Buffer.from('places'))
  made.put(`${DATA}/topics/access/0.log`, Buffer.from('records'))
  for (const [path, text] of Object.entries(THEIRS)) made.put(path, Buffer.from(text))
  made.put('/p/old.csv', Buffer.from('a,b\n1,2\n'))
  made.put('/p/new.csv', Buffer.from('a,b\n1,2\n'))
  made.put(`/p/archive/26-11-29/${rolled('-00000000000000000009.log.gz')}`, Buffer.from('x'))
  made.put(`/p/archive/undated/${rolled('.tmp')}`, Buffer.from('x'))
  data[Symbol.dispose]()
  return made.copy()
}

const textsOf = (disk: SimulatedDisk) =>
  Object.fromEntries([...disk.files()].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]))
const ofPeople = (disk: SimulatedDisk) =>
  Object.fromEntries(Object.entries(textsOf(disk)).filter(([path]) => !path.startsWith(DATA)))

test('the plan names what the pipeline wrote, and nothing else', async () => {
  const { disk } = await afterRun()
  expect(planFresh(disk, DATA)).toEqual([
    { kind: 'cut', path: '/p/old.csv', from: 8, to: 4 },
    { kind: 'removed', path: '/p/new.csv' },
    {
      kind: 'all removed',
      path: '/p/archive/%y-%m-%d',
      life: LIFE,
      files: [`/p/archive/26-11-29/${rolled('-00000000000000000009.log.gz')}`, `/p/archive/undated/${rolled('.tmp')}`],
    },
  ])
})

// Promise: `run --fresh` leaves the files of sinks as they were before the first run, also where it was interrupted.
test.each(['killed', 'cut off from power'])('%s after any operation, the next start ends the work', async (how) => {
  let hasEnded = false
  for (let stop = 1; !hasEnded; stop++) {
    const first = (await afterRun()).copy()
    const work = async () => {
      using data = await ownDataFolder(first.disk, DATA, systemClock, seededRandom(1))
      await makeFresh(data.disk, DATA, OWN_FILES)
    }
    first.stopAfter = stop
    const failure = await work().catch((error: unknown) => error)
    hasEnded = failure === undefined
    if (!hasEnded) expect(failure).toBeInstanceOf(Failure)
    const left = how === 'killed' ? first.afterKill() : first.afterPowerCut(stop)
    const hasBegun = isThere(left.disk, `${DATA}/fresh.json`)
    if (hasBegun) expect(() => checkFormatFile(left.disk, DATA)).toThrow('half removed')
    const data = await ownDataFolder(left.disk, DATA, systemClock, seededRandom(1))
    expect(data.hasFinishedFresh).toBe(hasBegun)
    // Either all is as it was, because nothing had begun, or all is as new.
    if (readWhole(left.disk, `${DATA}/checkpoint`) === undefined) {
      expect(ofPeople(left)).toEqual(THEIRS)
      expect(left.disk.list(DATA)).toEqual(['format.json', 'lock', 'owner.json'])
    } else {
      expect(ofPeople(left)).toEqual(ofPeople(first))
    }
  }
})

/** The marks of a folder with another id, as a pipeline that took the file over has written them. */
const markOfOther = (data: string) => Buffer.from(JSON.stringify({ data, id: 'other', host: 'elsewhere', sink: 'b' }))

// Promise: `run --fresh` leaves a file alone that another data folder writes now, and one without a mark of its owner.
test('a file that was taken over, or whose mark is missing, is kept', async () => {
  const made = await afterRun()
  made.put('/p/.new.csv.owner', markOfOther('/q'))
  made.disk.unlink('/p/.old.csv.owner')
  expect(planFresh(made.disk, DATA).slice(0, 2)).toEqual([
    { kind: 'kept', path: '/p/old.csv', why: expect.stringContaining('/p/.old.csv.owner does not exist') },
    {
      kind: 'kept',
      path: '/p/new.csv',
      why: 'it is now written by sink b of the data folder /q on elsewhere',
    },
  ])
  const before = textsOf(made)
  await makeFresh(made.disk, DATA, OWN_FILES)
  for (const path of ['/p/old.csv', '/p/new.csv', '/p/.new.csv.owner']) expect(textsOf(made)[path]).toBe(before[path])
})

// Promise: `run --fresh` removes nothing from the data folder that somebody else put there.
test('files in the data folder that tailrace did not make are kept, and named', async () => {
  const made = await afterRun()
  made.put(`${DATA}/notes.txt`, Buffer.from('mine'))
  expect(planFresh(made.disk, DATA).at(-1)).toEqual({
    kind: 'kept',
    path: `${DATA}/notes.txt`,
    why: 'tailrace did not make it',
  })
  await makeFresh(made.disk, DATA, OWN_FILES)
  expect(made.disk.list(DATA)).toEqual(['format.json', 'lock', 'notes.txt', 'owner.json'])
})

test('what the shell has opened is left alone, also where an older tailrace kept its length', async () => {
  const made = await afterRun()
  using data = await ownDataFolder(made.disk, DATA, systemClock, seededRandom(1))
  await openBeforeMemory(made.disk, DATA).remember('out', { kind: 'file', path: '/dev/stdout', length: 2 })
  await made.disk.mkdir('/dev')
  made.put('/dev/stdout', Buffer.from('longer than two bytes'))
  await takeFile(made.disk, '/dev/stdout', data.identity, 'out')
  expect(planFresh(made.disk, DATA).some(({ path }) => path === '/dev/stdout')).toBe(false)
  await makeFresh(made.disk, DATA, OWN_FILES)
  expect(textsOf(made)['/dev/stdout']).toBe('longer than two bytes')
  expect(made.disk.list('/dev')).toEqual(['stdout'])
})
