/**
 * The argument of `check` and `explain`: the name of a pipeline file, or one SQL statement. A statement is read as by
 * `tailrace query`: batch mode, over the table `log`.
 */
import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { systemClock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import { findZone } from '../../base/timezone.ts'
import { openFormat, prepareFormat } from '../../format/open.ts'
import { type Checked, checkPipeline } from '../../pipeline/check/check.ts'
import { type LoadedPipeline, loadForCheck } from '../../pipeline/file/load.ts'
import { formatOption } from '../../query/format-option.ts'
import type { Catalog } from '../../sql/catalog.ts'
import type { Query } from '../../sql/plan/plan.ts'
import { planQuery } from '../../sql/plan-query.ts'
import { loadFunctions } from '../../sql/user-function/load.ts'
import { pipelineFile, sourcesOf, withPipeline } from './pipeline.ts'
import { collect } from './repeated.ts'
import { looksLikeSql } from './statement-text.ts'

export type GivenOptions = {
  readonly pipeline?: string
  readonly with: readonly string[]
  readonly set: readonly string[]
  readonly format: string
  readonly timezone: string
  readonly functions: readonly string[]
  readonly streaming?: boolean
}

export type Given =
  | ({ readonly kind: 'pipeline'; readonly loaded: LoadedPipeline } & Checked)
  | { readonly kind: 'sql'; readonly query: Query; readonly catalog: Catalog }

/** A command that takes either, with the options for reading it. */
export function givenCommand(name: string): Command {
  return new Command(name)
    .argument('[PIPELINE|SQL]', 'a pipeline file (default: the only one in this folder), or a statement in quotes')
    .option('-p, --pipeline <file>', 'the pipeline file, as an option')
    .option('--with <file>', 'lay a file over the pipeline; may be repeated, in order', collect, [])
    .option(
      '--set <name=value>',
      'give a parameter a value, or a path of the file: a.b=c; may be repeated',
      collect,
      [],
    )
    .option('--format <name>', 'format of the table log, with its options if need be, for a statement', 'combined')
    .option('--timezone <zone>', 'time zone of the session, for a statement', 'UTC')
    .option('--functions <file>', 'functions in TypeScript that a statement calls; may be repeated', collect, [])
    .option('--streaming', 'take a statement as a query of a pipeline, not as `tailrace query` runs it')
}

/**
 * The checked pipeline, or the planned statement. Throws a Failure with all mistakes. `mayLack`: a topic whose format cannot be
 * prepared now, as its schema cannot be fetched, is left out with a warning, with what reads it.
 */
export async function readGiven(given: string | undefined, options: GivenOptions, mayLack = false): Promise<Given> {
  if (given === undefined || existsSync(given) || !looksLikeSql(given)) {
    if (options.functions.length > 0) {
      throw new Failure('usage', '--functions is for a statement, and this is a pipeline', {
        hint: `Write into the file: functions: ${options.functions[0]}`,
      })
    }
    const loaded = await loadForCheck(pipelineFile(withPipeline(given, options)), sourcesOf(options))
    const whole = mayLack ? { ...loaded, unprepared: [] } : loaded
    const { warnings, ...checked } = checkPipeline(whole, systemClock.now())
    return { kind: 'pipeline', loaded, ...checked, warnings: mayLack ? [...loaded.unprepared, ...warnings] : warnings }
  }
  if (options.with.length > 0) {
    throw new Failure('usage', '--with lays a file over a pipeline, and this is a statement')
  }
  const catalog = await logCatalog(options.format)
  if (findZone(options.timezone) === undefined) {
    throw new Failure('usage', `--timezone ${options.timezone}: there is no such time zone`)
  }
  const functions = await loadFunctions(options.functions, '')
  const session = { timezone: options.timezone, now: systemClock.now(), functions }
  const mode = options.streaming === true ? 'streaming' : 'batch'
  return {
    kind: 'sql',
    catalog,
    query: planQuery(given, catalog, { mode, session, beyondFlink: true, isScript: true }),
  }
}

async function logCatalog(written: string): Promise<Catalog> {
  const chosen = await prepareFormat(await formatOption(written), { folder: process.cwd() })
  const { fields, rowtime } = openFormat(chosen, undefined)
  const table = {
    name: 'log',
    fields: fields.map((field, index) => (index === rowtime ? { ...field, rowtime: true } : field)),
    rowtime: rowtime === undefined ? undefined : { field: rowtime, delay: 0 },
  }
  return new Map([[table.name, table]])
}
