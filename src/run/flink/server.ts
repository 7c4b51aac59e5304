/** Flink as a run uses it: jobs are submitted to its SQL Gateway, and followed at its JobManager. */
import type { Clock } from '../../base/clock.ts'
import { changedFailure, Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import type { FlinkGateway } from '../../client/flink/gateway.ts'
import type { FlinkJobManager } from '../../client/flink/jobmanager.ts'
import { type FlinkError, flinkErrorFailure } from '../../client/flink/trouble.ts'
import type { FlinkJob } from '../../flink/job.ts'
import type { FlinkEngine } from '../../flink/settings.ts'

export type FlinkServer = {
  /** The JobManager; where the file does not name it, the SQL Gateway is asked. Rejects with a Failure. */
  jobManager(signal: AbortSignal): Promise<FlinkJobManager>
  /**
   * Submits a job, and resolves with its id. Rejects with a Failure: it is not `retryable` where Flink refuses the statement, and has its
   * place in the pipeline file then.
   */
  submit(job: FlinkJob, as: SubmitAs, signal: AbortSignal): Promise<string>
  close(): void
}

export type SubmitAs = {
  /** What Flink calls it. */
  readonly name: string
  /** The savepoint or checkpoint from which it goes on. */
  readonly from: string | undefined
}

const REQUEST_MS: Duration = 10_000
/** Statements of another Flink's size take long on busy machines. */
const SUBMIT_MS: Duration = 120_000

/** A Flink that nothing was asked yet. */
export function openFlinkServer(engine: FlinkEngine, { folder, clock }: { folder: string; clock: Clock }): FlinkServer {
  let gateway: Promise<FlinkGateway> | undefined
  let manager: Promise<FlinkJobManager> | undefined
  const closing: { close(): void }[] = []
  const kept = <Client extends { close(): void }>(opened: Promise<Client>): Promise<Client> => {
    opened.then(
      (client) => closing.push(client),
      () => undefined,
    )
    return opened
  }
  const ask = () => {
    gateway ??= kept(openGateway())
    return gateway
  }
  // Clients load TLS and HTTP, which a run without Flink does not wait for.
  const openGateway = async () => {
    const { openFlinkGateway } = await import('../../client/flink/gateway.ts')
    return openFlinkGateway({ url: engine.gateway, tls: true, timeout: REQUEST_MS }, { folder, of: 'Flink', clock })
  }
  return {
    jobManager(signal) {
      if (manager !== undefined) return manager
      const opening = (async () => {
        const url = engine.jobmanager ?? (await addressOf(await ask(), engine, signal))
        const { openFlinkJobManager } = await import('../../client/flink/jobmanager.ts')
        return await kept(openFlinkJobManager({ url, tls: true, timeout: REQUEST_MS }, { folder, clock }))
      })()
      manager = opening
      opening.catch(() => {
        manager = undefined
      })
      return opening
    },
    async submit(job, { name, from }, signal) {
      const settings = {
        ...job.settings,
        'pipeline.name': name,
        ...(from !== undefined && { 'execution.state-recovery.path': from }),
      }
      await using session = await (await ask()).open(settings, signal)
      for (const statement of job.tables) {
        const answer = await session.ask(statement, { signal })
        if (answer.kind === 'error') throw refused(job, answer, false)
      }
      const answer = await session.ask(job.insert, { signal, timeoutMs: SUBMIT_MS })
      if (answer.kind === 'error') throw refused(job, answer, true)
      const id = answer.job ?? answer.rows[0]?.fields[0]
      if (typeof id === 'string') return id
      throw new Failure('io', `Flink gave query "${job.query}" no job`, { retryable: true })
    },
    close: () => {
      for (const client of closing) client.close()
    },
  }
}

/** Where the SQL Gateway submits its jobs to, by its own settings. */
async function addressOf(gateway: FlinkGateway, engine: FlinkEngine, signal: AbortSignal): Promise<string> {
  await using session = await gateway.open({}, signal)
  const answer = await session.ask('SET', { signal })
  if (answer.kind === 'error') throw flinkErrorFailure('Flink does not say where its JobManager is', answer)
  const settings = new Map(answer.rows.map(({ fields }) => [String(fields[0]), String(fields[1])]))
  const isTls = settings.get('security.ssl.rest.enabled') === 'true'
  const host = settings.get('rest.address') ?? new URL(engine.gateway).hostname
  return `${isTls ? 'https' : 'http'}://${host}:${settings.get('rest.port') ?? '8081'}`
}

/** What keeps Flink from taking a statement that is right: parts of it do not answer. */
const PASSES =
  /\b(submit|connect|connection|timed? ?out|refused|unreachable|leader|unavailable|no such host|rest endpoint|shut ?down)\b/i

function refused(job: FlinkJob, error: FlinkError, isInsert: boolean): Failure {
  const { message, at } = error
  if (at === undefined && PASSES.test(message)) {
    return new Failure('io', `Flink does not take query "${job.query}" now: ${message}`, { retryable: true })
  }
  const failure = flinkErrorFailure(`Flink refuses query "${job.query}"`, error)
  return changedFailure(failure, {
    place: isInsert && at !== undefined ? job.placeOf(at.line, at.column) : job.placeOf(2, 1),
  })
}
