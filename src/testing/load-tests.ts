/**
 * Reads a pipeline as a test wants it: with the test's parameters and variables. The environment of the process is not read, so
 * that a test says the same everywhere and meets no secret.
 */
import { changedFailure, Failure } from '../base/failure.ts'
import { checkPipeline } from '../pipeline/check/check.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import type { CheckedTest } from '../pipeline/expect/checked-test.ts'
import { type LoadedPipeline, type LoadOptions, loadForCheck } from '../pipeline/file/load.ts'
import { parseInstant } from '../pipeline/span.ts'

export type TestFiles = {
  readonly file: string
  /** `--with` and `--set`, in order. */
  readonly overlays: readonly string[]
  readonly overrides: readonly string[]
}

/**
 * The pipeline with all of its tests, as far as it can be read without what each test says for itself. Rejects with a Failure
 * where it is wrong whatever a test says.
 */
export async function loadTests(files: TestFiles): Promise<LoadedPipeline> {
  const missing: string[] = []
  return withAdvice(missing, async () => {
    const all = await loadForCheck(files.file, optionsOf(files, [], {}, missing))
    const tests = Object.values(all.definition.tests)
    if (tests.every(({ env }) => Object.keys(env).length === 0)) checkPipeline(all, 0)
    return all
  })
}

export type ReadTest = {
  readonly test: CheckedTest
  readonly pipeline: CheckedPipeline
  readonly loaded: LoadedPipeline
}

/** One test with its pipeline. Rejects with a Failure where the pipeline is wrong with what the test says. */
export async function readTest(name: string, files: TestFiles, all: LoadedPipeline): Promise<ReadTest> {
  const { set, env, now } = all.definition.tests[name] ?? { set: {}, env: {}, now: '' }
  const overrides = Object.entries(set).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  const missing: string[] = []
  return withAdvice(missing, async () => {
    const loaded = await loadForCheck(files.file, optionsOf(files, overrides, env, missing))
    const { pipeline, tests } = checkPipeline(loaded, startOf(now))
    const test = tests.find((one) => one.name === name)
    if (test === undefined) throw new Failure('pipeline', `there is no test "${name}"`)
    return { test, pipeline, loaded }
  })
}

/** A value that is missing may be what is wrong. */
async function withAdvice<Result>(missing: readonly string[], work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Failure) || missing.length === 0) throw error
    const names = [...new Set(missing)]
    const values = names.map((name) => `\${${name}} is ${standInFor(name)}`).join(', ')
    const hint = `Tests do not read the environment: ${values}. Where that will not do, a test gives it a value: env: { ${names[0]}: … }`
    throw changedFailure(error, { hint: error.hint === undefined ? hint : `${error.hint}\n${hint}` })
  }
}

/** A time that cannot be read is reported by the check. */
function startOf(now: string): number {
  try {
    return parseInstant(now, 'UTC')
  } catch {
    return 0
  }
}

const optionsOf = (
  { overlays, overrides }: TestFiles,
  more: readonly string[],
  environment: LoadOptions['environment'],
  missing: string[],
): LoadOptions => ({
  environment,
  overlays,
  overrides: [...overrides, ...more],
  standIn(use) {
    missing.push(use)
    return standInFor(use)
  },
})

/** What a value probably looks like, by the name of its variable. */
function standInFor(use: string): string {
  const word = use.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  if (/(URL|URI|ENDPOINT)$/i.test(use)) return `http://${word}.invalid`
  if (/(ADDR|ADDRESS|BROKERS?|SERVERS?|LISTEN)$/i.test(use)) return `${word}.invalid:9`
  if (/HOST$/i.test(use)) return `${word}.invalid`
  return /PORT$/i.test(use) ? '9' : word
}
