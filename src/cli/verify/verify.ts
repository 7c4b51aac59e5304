/**
 * `tailrace verify`: runs a query on this engine and on another over the same input, and compares the rows. It exits with 0 where they
 * are equal, with 1 where they differ, and with 3 where the other engine cannot be asked.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { changedFailure, describeFailure, Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import { DURATION, parseQuantity } from '../../base/units.ts'
import { flinkGatewayUrl } from '../../client/flink/address.ts'
import { openFlinkGateway } from '../../client/flink/gateway.ts'
import { coloursIf, hasColour } from '../../terminal/colour.ts'
import { openShownLine } from '../../terminal/shown-line.ts'
import { whichOptions } from '../option/pipeline.ts'
import { collect } from '../option/repeated.ts'
import { spanOptions } from '../option/span.ts'
import { looksLikeSql } from '../option/statement-text.ts'
import { say } from '../say.ts'
import { verifyFiles } from './of-files.ts'
import { verifyPipeline } from './of-pipeline.ts'
import { isEqual, verifiedJson, verifiedText } from './told.ts'
import type { Other, Verifying, VerifyOptions } from './verifying.ts'

const NOT_ASKED = 3
const HERE = flinkGatewayUrl('flink://127.0.0.1')
/** For one question to the gateway: most are answered at once. */
const REQUEST_MS: Duration = 30_000

/** The command `verify`. */
export function verifyCommand(): Command {
  const command = new Command('verify')
    .description('Runs a query on this engine and on another over the same input, and compares the rows.')
    .argument('<PIPELINE|SQL>', 'a pipeline file, or a statement in quotes')
    .argument('[FILE...]', 'the files of a statement, as `tailrace query` takes them; of a pipeline, TOPIC=FILE')
    .requiredOption(
      '--against <engine>',
      'flink (that of the pipeline, or at this machine), flink://HOST:PORT of its SQL Gateway, or duckdb',
    )
    .option('--query <name>', 'a query of the pipeline, in place of all; may be repeated', collect, [])
    .option('--lines <n>', 'take only the first rows of each topic')
    .option('--offsets <topic=from-to,...>', 'take these offsets of each partition; may be repeated', collect, [])
    .option('--folder <folder>', 'where rows are put for the other engine, which has to see it (default: temporary)')
    .option('--timeout <duration>', 'how long the other engine may take for a query', '10m')
    .option('--json', 'print a line of JSON for each query')
    .option('--format <name>', 'format of the files of a statement; found by looking, if not said')
    .option('--table <name=glob[:format]>', 'another table of a statement; may be repeated', collect, [])
    .option('--timezone <zone>', 'time zone of a statement', 'UTC')
  return whichOptions(spanOptions(command))
    .addHelpText(
      'after',
      `
Examples:
  tailrace verify pipeline.yaml --against flink                       each query, over the records that its topics keep
  tailrace verify pipeline.yaml --against flink://flink1:8083 --query hosts --lines 100000
  tailrace verify pipeline.yaml access=access.log --against flink     the same over a file: the pipeline need not have run
  tailrace verify "SELECT host, COUNT(*) AS hits FROM log GROUP BY host" access.log --against duckdb

It exits with 0 where all rows are equal, with 1 where some differ, and with 3 where the other engine cannot be asked.
`,
    )
    .action(verify)
}

async function verify(given: string, files: readonly string[], options: VerifyOptions): Promise<void> {
  const timeoutMs = parseQuantity(options.timeout, DURATION)
  const stop = new AbortController()
  const onSignal = () => stop.abort(new Failure('io', 'stopped: nothing is left of it in the other engine'))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal)
  const folder = await makeFolder(options.folder)
  const line = openShownLine(process.stderr, process.env)
  const colours = coloursIf(hasColour(process.stdout, process.env))
  const found = { differs: false, notAsked: false }
  const cannot = (what: string | undefined, failure: Failure) => {
    stop.signal.throwIfAborted()
    line.end()
    found.notAsked = true
    say(`${what === undefined ? 'tailrace' : what}: ${describeFailure(failure)}`)
  }
  try {
    using opened = new DisposableStack()
    const verifying: Verifying = {
      async open(gateway) {
        const other = await openOther(options.against, gateway, stop.signal)
        if (other instanceof Failure) {
          cannot(undefined, other)
          return undefined
        }
        if (other.kind === 'flink') opened.defer(() => other.gateway.close())
        return other
      },
      folder,
      timeoutMs,
      signal: stop.signal,
      doing: line.show,
      cannot,
      done(verified) {
        line.end()
        found.differs ||= !isEqual(verified)
        process.stdout.write(
          options.json === true ? `${JSON.stringify(verifiedJson(verified))}\n` : verifiedText(verified, colours),
        )
      },
    }
    const isPipeline = existsSync(given) || !looksLikeSql(given)
    if (isPipeline && !existsSync(given) && /\s/.test(given)) {
      throw new Failure(
        'usage',
        `there is no pipeline file ${given}, and a statement begins with SELECT, WITH or VALUES`,
      )
    }
    await (isPipeline ? verifyPipeline : verifyFiles)(given, files, options, verifying)
  } finally {
    line.end()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal)
    await rm(folder, { recursive: true, force: true })
    if (found.differs || found.notAsked) process.exitCode = found.differs ? 1 : NOT_ASKED
  }
}

async function makeFolder(given: string | undefined): Promise<string> {
  try {
    return await mkdtemp(join(resolve(given ?? tmpdir()), 'tailrace-verify-'))
  } catch (error) {
    throw new Failure('io', `no folder for rows can be made in ${given ?? tmpdir()}: ${(error as Error).message}`, {
      hint: 'Name one that is there, and that may be written to: --folder FOLDER.',
      cause: error,
    })
  }
}

/** Opens the other engine, or says why it cannot be asked. Throws a Failure 'usage' where it is none. */
async function openOther(
  against: string,
  gatewayOfFile: string | undefined,
  signal: AbortSignal,
): Promise<Other | Failure> {
  if (against === 'duckdb') return { kind: 'duckdb' }
  if (against !== 'flink' && !/^flinks?:/.test(against)) {
    throw new Failure('usage', `--against ${against}: expected flink, flink://HOST:PORT or duckdb`)
  }
  const url = against === 'flink' ? (gatewayOfFile ?? HERE) : flinkGatewayUrl(against)
  const gateway = await openFlinkGateway({ url, tls: true, timeout: REQUEST_MS }, { folder: '.', of: 'Flink' })
  try {
    await gateway.info(signal)
    return { kind: 'flink', gateway }
  } catch (error) {
    gateway.close()
    if (!(error instanceof Failure)) throw error
    return changedFailure(error, { message: `Flink cannot be asked: ${error.message}`, hint: hintOf(error) })
  }
}

const hintOf = ({ message, hint = '' }: Failure): string =>
  /cannot reach/.test(message)
    ? 'Start Flink and its SQL Gateway (`bin/start-cluster.sh`, `bin/sql-gateway.sh start`), or name where it is: --against flink://HOST:8083. In a clone of this repository, `make service NAME=flink` starts both.'
    : hint
