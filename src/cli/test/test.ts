/** `tailrace test`: runs the tests of a pipeline file. Nothing outside is touched. */
import { readFileSync, writeFileSync } from 'node:fs'
import { extname } from 'node:path'
import { Command } from 'commander'
import { systemClock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import { counted } from '../../base/units.ts'
import type { LoadedPipeline } from '../../pipeline/file/load.ts'
import { coloursIf, hasColour } from '../../terminal/colour.ts'
import { loadTests, readTest, type TestFiles } from '../../testing/load-tests.ts'
import { runTest } from '../../testing/run-test.ts'
import { standsIn, updated } from '../../testing/update-file.ts'
import { pipelineFile, withPipeline } from '../option/pipeline.ts'
import { collect } from '../option/repeated.ts'
import { say } from '../say.ts'
import { junitXml } from './junit.ts'
import { type DoneTest, resultJson, resultText, testsSummary } from './result.ts'

type TestOptions = {
  readonly pipeline?: string
  readonly with: readonly string[]
  readonly set: readonly string[]
  readonly update?: boolean
  readonly json?: boolean
  readonly junit?: string
}

/** The command `test`. */
export function testCommand(): Command {
  return new Command('test')
    .description(
      'Runs the tests of a pipeline file: lines in, rows out, with a clock of their own. Nothing outside is touched.',
    )
    .argument('[PIPELINE]', 'a pipeline file (.yaml, .ts; default: the only one in this folder)')
    .argument('[NAME...]', 'only the tests whose names have one of these in them')
    .option('-p, --pipeline <file>', 'the pipeline file as an option')
    .option('--with <file>', 'lay a file over the pipeline; may be repeated, in order', collect, [])
    .option('--set <a.b=c>', 'put a value into the pipeline; may be repeated', collect, [])
    .option('--update', 'write what came out into the file as what is expected')
    .option('--json', 'print the results as JSON')
    .option('--junit <file>', 'also write the results to a file, as JUnit does')
    .addHelpText(
      'after',
      `
Examples:
  tailrace test pipeline.yaml
  tailrace test pipeline.yaml "top pages"
  tailrace test pipeline.yaml --update
  tailrace test pipeline.yaml --junit results.xml

The exit code is 0 where all tests are ok, 1 where one failed, and 78 where the pipeline file is wrong.
`,
    )
    .action(test)
}

async function test(named: string | undefined, names: readonly string[], options: TestOptions): Promise<void> {
  const file = pipelineFile(withPipeline(named, options))
  const files: TestFiles = { file, overlays: options.with, overrides: options.set }
  let all = await loadTests(files)
  const wanted = wantedNames(all, names)
  const isShown = options.json !== true
  if (options.update === true) {
    const changed = update(await runAll(wanted, files, all), files)
    for (const text of changed) say(text)
    all = await loadTests(files)
  }
  const colours = coloursIf(hasColour(process.stdout, process.env))
  const done = await runAll(wanted, files, all, (one) => {
    if (isShown) process.stdout.write(`${resultText(one, Math.max(...wanted.map((name) => name.length)), colours)}\n`)
  })
  if (options.junit !== undefined) {
    writeText(options.junit, junitXml(all.definition.name, done))
  }
  process.stdout.write(
    `${isShown ? testsSummary(done, colours) : JSON.stringify(resultJson(all.definition.name, done))}\n`,
  )
  if (done.some(({ failures }) => failures.length > 0)) process.exitCode = 1
}

function wantedNames({ definition }: LoadedPipeline, parts: readonly string[]): readonly string[] {
  const names = Object.keys(definition.tests)
  if (names.length === 0) {
    throw new Failure('usage', `pipeline ${definition.name} has no tests`, {
      hint: 'Write some under tests: in the pipeline file, see docs/testing.md.',
    })
  }
  const lower = parts.map((part) => part.toLowerCase())
  const wanted = names.filter((name) => lower.length === 0 || lower.some((part) => name.toLowerCase().includes(part)))
  if (wanted.length > 0) return wanted
  throw new Failure('usage', `no test has ${parts.join(' or ')} in its name`, {
    hint: `There are: ${names.join(', ')}.`,
  })
}

async function runAll(
  names: readonly string[],
  files: TestFiles,
  all: LoadedPipeline,
  show: (done: DoneTest) => void = () => {},
): Promise<readonly DoneTest[]> {
  const done: DoneTest[] = []
  for (const name of names) {
    const one = await runOne(name, files, all)
    done.push(one)
    show(one)
  }
  return done
}

async function runOne(name: string, files: TestFiles, all: LoadedPipeline): Promise<DoneTest> {
  const began = systemClock.elapsed()
  const took = () => systemClock.elapsed() - began
  try {
    const { test, pipeline, loaded } = await readTest(name, files, all)
    const { problems, notes } = await runTest(test, pipeline)
    const failures = problems.map(({ path, message, hint, ...rest }) => {
      return { ...rest, path, failure: loaded.text.failure(path, message, { at: 'key', hint }) }
    })
    return { name, ms: took(), failures, notes }
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure
    return { name, ms: took(), failures: [{ path: ['tests', name], failure }], notes: [] }
  }
}

/** Writes what came out into the files, and says what it has done. */
function update(done: readonly DoneTest[], { file, overlays }: TestFiles): readonly string[] {
  const problems = done.flatMap(({ failures }) => failures.filter(({ right }) => right !== undefined))
  const texts = new Map([file, ...overlays].map((one) => [one, readFileSync(one, 'utf8')]))
  const owner = ({ path }: (typeof problems)[number]): string =>
    [...texts].findLast(([name, text]) => isYaml(name) && standsIn(text, path))?.[0] ?? file
  const changes = [...Map.groupBy(problems, owner)]
  const module = changes.find(([name]) => !isYaml(name))?.[0]
  if (module !== undefined) throw new Failure('usage', `${module} is a module, whose tests are updated by hand`)
  for (const [name, found] of changes) {
    writeText(name, updated(texts.get(name) ?? '', found, name))
  }
  return changes.map(([name, found]) => `${name}: ${counted(found.length, 'expectation')} updated`)
}

/** In place: the file stays the one that it is, with its owner and its mode. */
function writeText(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (cause) {
    throw new Failure('io', `${file} cannot be written: ${(cause as Error).message}`, { cause })
  }
}

const isYaml = (file: string): boolean => !['.ts', '.mts', '.js', '.mjs'].includes(extname(file))
