import { cpSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { accessLines, DAY } from '../access-line.ts'
import { DEMO, demo } from './demo.ts'
import { folderWith } from './tailrace.ts'

const LOG = accessLines(120)
const SEGMENT = '.tailrace/demo/topics/access-0/00000000000000000000.log'

/** The end of a command with this code, and this text in one of its outputs. */
const ended = (code: number, output: 'stdout' | 'stderr', text: string) =>
  expect.objectContaining({ code, [output]: expect.stringContaining(text) })

test('fsck confirms a sound folder, cuts a torn tail with --repair, and reports damage with exit code 1', async () => {
  using folder = folderWith({ 'p.yaml': DEMO, 'access.log': LOG })
  const fsck = (...args: string[]) => folder.tailrace('fsck', ...args)
  expect(await fsck('p.yaml')).toEqual(ended(1, 'stderr', 'has not run yet'))
  expect((await folder.run()).code).toBe(0)
  const clean = await fsck('p.yaml')
  expect(clean).toMatchObject({ code: 0, stderr: '' })
  expect(clean.stdout).toMatch(/demo: 4 topics, 6 partitions, 6 segments, 122 records, \d+ bytes, 2 groups\nNothing is/)

  const whole = readFileSync(folder.at(SEGMENT))
  folder.append(SEGMENT, 'torn')
  expect(await fsck('.tailrace/demo')).toEqual(ended(0, 'stdout', `log at byte ${whole.length}: an append that`))
  expect((await fsck('.tailrace/demo', '--repair')).stdout).toContain('the 4 bytes behind it are in cut/')
  expect(readFileSync(folder.at(SEGMENT)).equals(whole)).toBe(true)
  expect(readdirSync(folder.at('.tailrace/demo/cut'))).toHaveLength(1)

  whole[300] = (whole[300] as number) ^ 1
  folder.write(SEGMENT, whole)
  const damaged = await fsck('.tailrace/demo', '--repair', '--json')
  expect(damaged).toEqual(ended(1, 'stderr', 'is damaged in 1 place'))
  expect(JSON.parse(damaged.stdout)).toMatchObject({
    ok: false,
    repaired: [],
    findings: [{ kind: 'records', position: 0, affected: { topic: 'access', partition: 0, from: 0, to: 60 } }],
  })
  expect(await fsck('.')).toEqual(ended(2, 'stderr', 'not a data folder'))
})

test('in a mixture of two folders, fsck and run name each offset beyond the end, and nothing is skipped', async () => {
  using folder = folderWith({ 'p.yaml': DEMO.replace('name: demo', 'name: demo.eu'), 'access.log': LOG })
  await folder.run()
  cpSync(folder.at('.tailrace/demo.eu'), folder.at('old'), { recursive: true })
  folder.append('access.log', accessLines(120, DAY + 3_600_000))
  await folder.run()
  cpSync(folder.at('old/topics'), folder.at('.tailrace/demo.eu/topics'), { recursive: true })
  const query = 'query paths is at offset 120 of access, partition 0, beyond its end, 60'
  const found = await folder.tailrace('fsck', 'p.yaml')
  expect(found).toEqual(ended(1, 'stdout', `checkpoint: ${query}`))
  expect(found.stdout).toContain('checkpoint: query paths is at offset 4 of paths, partition 0, beyond its end, 2')
  expect(await folder.run()).toEqual(ended(1, 'stderr', query))
})

test('while the pipeline runs, fsck says so and reads the durable records; --repair is refused', async () => {
  using folder = folderWith({ 'p.yaml': demo('tcp: 127.0.0.1:0') })
  const running = folder.start('run', 'p.yaml')
  await running.line(/demo runs/)
  const inUse = `in use by process ${running.process.pid}`
  expect(await folder.tailrace('fsck', 'p.yaml')).toEqual(ended(0, 'stdout', inUse))
  expect(await folder.tailrace('fsck', 'p.yaml', '--repair')).toEqual(ended(1, 'stderr', inUse))
  expect((await running.stop()).code).toBe(0)
})

test('fsck checks the memory of reports too; if it is damaged, run says what to do', async () => {
  const report = 'reports: { daily: { query: paths, at: "0 20 * * *" } }\n'
  using folder = folderWith({ 'p.yaml': demo('file: access.log', report), 'access.log': LOG })
  await folder.run()
  await folder.tailrace('report', 'daily', '--for', '1995-07-01', '--deliver')
  const file = '.tailrace/demo/reports.json'
  expect(await folder.tailrace('fsck', 'p.yaml')).toMatchObject({ code: 0 })
  folder.write(file, folder.read(file).replace(/"done":\d+/, '"done":7'))
  expect(await folder.tailrace('fsck', 'p.yaml')).toEqual(ended(1, 'stdout', 'damage: reports.json: the checksum'))
  // A run that ends with its input makes no reports.
  const refused = await folder.tailrace('run', 'p.yaml')
  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(/which reports have run, is damaged.*\n.*move it away/)
})

test('fsck of a pipeline names the files of sinks that are shorter than written', async () => {
  const archive = "  archive: { from: access, files: { path: 'raw', format: raw } }\n"
  using folder = folderWith({ 'p.yaml': demo('file: access.log', archive), 'access.log': LOG })
  const fsck = (...given: readonly string[]) => folder.tailrace('fsck', ...given)
  expect((await folder.run()).code).toBe(0)
  expect((await fsck('p.yaml')).code).toBe(0)
  const path = folder.at('out/paths.ndjson')
  const { length } = readFileSync(path)
  folder.write('out/paths.ndjson', readFileSync(path).subarray(0, 10))
  const cut = await fsck('p.yaml')
  expect(cut).toEqual(ended(1, 'stderr', 'is damaged in 1 place'))
  expect(cut.stdout).toContain(`damage: ${path}: has 10 bytes, but ${length} bytes were written to it by sink paths\n`)
  rmSync(path)
  expect((await fsck('p.yaml')).stdout).toContain(
    `does not exist, but ${length} bytes were written to it by sink paths\n`,
  )
  // Without the pipeline their places are unknown.
  expect((await fsck('.tailrace/demo')).code).toBe(0)
  renameSync(folder.at('.tailrace/demo'), folder.at('elsewhere'))
  expect((await fsck('p.yaml', '--data', 'elsewhere')).stdout).toContain('does not exist, but')
})

// Promise: `fsck` finds a journal of places that is gone or does not fit its topic, which the next run would refuse.
test('the journal of a source with many files is checked, and is no foreign file', async () => {
  const files = Array.from({ length: 120 }, (_, i) => [`${1000 + i}.log`, accessLines(3, DAY + 5000 * i)])
  using folder = folderWith({ 'p.yaml': demo("file: '1*.log'"), ...Object.fromEntries(files) })
  expect((await folder.run()).code).toBe(0)
  const journal = '.tailrace/demo/places/access'
  const [source = ''] = readdirSync(folder.at(journal))
  const clean = await folder.tailrace('fsck', 'p.yaml')
  expect(clean).toEqual(ended(0, 'stdout', 'Nothing is damaged'))
  expect(clean.stdout).not.toContain('places')
  rmSync(folder.at(`${journal}/${source}`))
  const gone = `source ${source}: the journal of its files, in the folder places of the data folder, is gone`
  expect(await folder.tailrace('fsck', 'p.yaml')).toEqual(ended(1, 'stdout', gone))
  expect(await folder.run()).toEqual(ended(1, 'stderr', gone))
})

// Promise: A checkpoint that is gone is noticed: the next run refuses to double the rows of files, and fsck names it.
test('a run without the checkpoint that it had is refused, and fsck names it; new --reset of all queries goes on', async () => {
  using folder = folderWith({ 'p.yaml': DEMO, 'access.log': LOG })
  expect((await folder.run()).code).toBe(0)
  const rows = folder.read('out/paths.ndjson')
  const data = '.tailrace/demo'
  renameSync(folder.at(`${data}/checkpoint`), folder.at('away'))
  const gone = `${data}/checkpoint is gone: group demo.query.paths has committed offsets, so there was a checkpoint`
  expect(await folder.run()).toEqual(ended(1, 'stderr', gone))
  expect(await folder.tailrace('fsck', 'p.yaml')).toEqual(ended(1, 'stdout', 'damage: checkpoint: it is gone'))
  rmSync(folder.at(`${data}/groups`), { recursive: true })
  expect(await folder.run()).toEqual(ended(1, 'stderr', 'checkpoint is gone: topic access has records'))
  expect(await folder.tailrace('fsck', data)).toEqual(ended(1, 'stdout', 'topics have records, so there was one'))
  expect(folder.read('out/paths.ndjson')).toBe(rows)
  renameSync(folder.at('away'), folder.at(`${data}/checkpoint`))
  expect((await folder.run()).code).toBe(0)
  expect(folder.read('out/paths.ndjson')).toBe(rows)
  // As the message says: without the old rows in the file.
  rmSync(folder.at(`${data}/checkpoint`))
  expect(await folder.run('--reset', 'paths=earliest')).toEqual(ended(2, 'stderr', 'has the rows of before'))
  renameSync(folder.at('out'), folder.at('old-out'))
  expect((await folder.run('--reset', 'paths=earliest')).code).toBe(0)
  expect(folder.read('out/paths.ndjson')).toBe(rows + rows)
})

test('a note is not followed by the claim that nothing is damaged', async () => {
  using folder = folderWith({ 'p.yaml': DEMO, 'access.log': LOG })
  await folder.run()
  rmSync(folder.at(SEGMENT.replace(/log$/, 'points')))
  const { code, stdout } = await folder.tailrace('fsck', 'p.yaml')
  expect(code).toBe(0)
  expect(stdout).toMatch(/note: .*points.*: it is missing\n/)
  expect(stdout).toMatch(/\nNo record is damaged or lost\.\n$/)
})
