/** How a query stands: its speed, what it loses, how long its rows take, and the memory that it holds. */
import type { VNode } from 'preact'
import type { QueryDescription } from '../../../src/server/api/queries.ts'
import type { JobStatus } from '../../../src/server/api/status.ts'
import { FEWEST_POINTS, historyOf, useStatus } from '../../api/status.ts'
import { formatBytes, formatCount, formatDuration, formatRate, plural, UNKNOWN } from '../../part/format.ts'
import { Panel } from '../../part/page.tsx'
import { Time } from '../../part/quantity.tsx'
import { Sparkline } from '../../part/sparkline.tsx'

export function QueryFacts({ query }: { readonly query: QueryDescription }): VNode | null {
  const { name, reads, topic, window } = query
  const status = useStatus((all) => all.queries)?.find((one) => one.name === name)
  const topics = useStatus((all) => all.topics)
  if (status === undefined) return null
  const { rate, rows, late, partlyLate, latency, state, job } = status
  const lag = status.reads.reduce((sum, one) => sum + one.lag, 0)
  const dead = topics?.filter((one) => reads.includes(one.name)).reduce((sum, one) => sum + deadIn(one.dead?.run), 0)
  return (
    <Panel title="How it stands">
      <dl class="facts queries-facts">
        <dt>Rows out</dt>
        <dd>
          <span class="queries-rate">
            {formatRate(rate)}
            <Sparkline
              values={historyOf(`query ${name}`)}
              points={FEWEST_POINTS}
              width={140}
              label="Rows out in the last five minutes"
            />
          </span>{' '}
          {formatCount(rows)} in this run
        </dd>
        <dt>Records before it</dt>
        <dd>{formatCount(lag)}</dd>
        <dt>Late rows</dt>
        <dd>
          {formatCount(late)}, and {formatCount(partlyLate)} for some of their windows
        </dd>
        <dt>Dead letters of what it reads</dt>
        <dd>{formatCount(dead)} in this run</dd>
        <dt>Latency</dt>
        <dd>
          {latency === null || latency.count === 0
            ? UNKNOWN
            : `p50 ${formatDuration(latency.p50Ms)}, p99 ${formatDuration(latency.p99Ms)}`}
        </dd>
        <dt>State</dt>
        <dd>
          {state === null
            ? UNKNOWN
            : `${formatBytes(state.bytes)} of ${formatBytes(state.limitBytes)}, ${plural(state.groups, 'group')} in ${plural(state.windows, 'open window')}`}
        </dd>
        {job === null ? null : <JobFacts job={job} />}
        <dt>Windows</dt>
        <dd>{window === null ? 'none' : `${window.kind}, ${formatDuration(window.sizeMs)}`}</dd>
        <dt>Reads</dt>
        <dd>{[...reads, ...query.lookups].join(', ')}</dd>
        <dt>Its rows are in topic</dt>
        <dd>
          <code>{topic}</code>
        </dd>
      </dl>
    </Panel>
  )
}

/** Its job at Flink. */
function JobFacts({ job }: { readonly job: JobStatus }): VNode {
  const { id, state, watermark, backPressure, checkpointAt, restarts, exception, trouble } = job
  return (
    <>
      <dt>Job at Flink</dt>
      <dd>
        {state === null ? UNKNOWN : state.toLowerCase()}
        {id === null ? null : (
          <>
            {' '}
            <code>{id}</code>
          </>
        )}
        {trouble === null ? null : `: ${trouble}`}
      </dd>
      <dt>Its watermark</dt>
      <dd>
        <Time value={watermark} withDay />
      </dd>
      <dt>Its back pressure</dt>
      <dd>{backPressure ?? UNKNOWN}</dd>
      <dt>Its last checkpoint</dt>
      <dd>
        <Time value={checkpointAt} />, started again {plural(restarts, 'time')}
      </dd>
      {exception === null ? null : (
        <>
          <dt>Its last failure</dt>
          <dd>
            <Time value={exception.at} withDay />: {exception.text}
          </dd>
        </>
      )}
    </>
  )
}

const deadIn = (run: { readonly [kind: string]: number } | null | undefined): number =>
  Object.values(run ?? {}).reduce((sum, count) => sum + count, 0)
