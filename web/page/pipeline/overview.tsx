/** The whole pipeline in a few numbers. */
import type { ComponentChildren, VNode } from 'preact'
import type { PipelineStatus } from '../../../src/server/api/status.ts'
import { FEWEST_POINTS, historyOf, recentOf, useStatus } from '../../api/status.ts'
import { formatCount, formatDuration, formatRate, formatShort } from '../../part/format.ts'
import { Sparkline } from '../../part/sparkline.tsx'

export function Overview(): VNode | null {
  const status = useStatus((one) => one)
  if (status === undefined) return null
  const { queries, sinks, topics, checkpoint } = status
  const lag = sum([...queries.flatMap(({ reads }) => reads), ...sinks.map(({ reads }) => reads)].map((one) => one.lag))
  const late = sum(queries.map((query) => query.late ?? 0))
  const dead = sum(topics.flatMap((topic) => Object.values(topic.dead?.run ?? {})))
  return (
    <dl class="pipeline-overview">
      <Tile term="In" note="lines" spark="in">
        {formatRate(recentOf('in'))}
      </Tile>
      <Tile term="Out" note="rows to sinks" spark="out">
        {formatRate(recentOf('out'))}
      </Tile>
      <Tile term="Lag" note="records that wait" full={lag}>
        {formatShort(lag)}
      </Tile>
      <Tile term="Late" note="rows of this run" full={late}>
        {formatShort(late)}
      </Tile>
      <Tile term="Dead" note="letters of this run" full={dead}>
        {formatShort(dead)}
      </Tile>
      <Tile
        term="Checkpoint"
        note={checkpoint?.tookMs == null ? 'none yet' : `took ${formatDuration(checkpoint.tookMs)}`}
      >
        {checkpoint === null ? '–' : `${formatDuration(Math.round(checkpoint.ageMs / 1000) * 1000)} ago`}
      </Tile>
      <Tile term="Running" note={noteOfBus(status)}>
        {uptime(status)}
      </Tile>
    </dl>
  )
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

const noteOfBus = ({ bus }: PipelineStatus): string =>
  bus.brokers.length === 0 ? `${bus.type} bus` : `${bus.type}, ${formatCount(bus.brokers.length)} brokers`

function uptime({ at, process }: PipelineStatus): string {
  if (process === null) return '–'
  return formatDuration(Math.round((Date.parse(at) - Date.parse(process.since)) / 1000) * 1000)
}

type TileProps = {
  readonly term: string
  readonly note: string
  /** The key of a series to draw. */
  readonly spark?: string
  readonly full?: number
  readonly children: ComponentChildren
}

function Tile({ term, note, spark, full, children }: TileProps): VNode {
  return (
    <div class="pipeline-tile">
      <dt>{term}</dt>
      <dd title={full === undefined ? undefined : formatCount(full)}>
        <span class="pipeline-tile-value num">{children}</span>
        <span class="pipeline-tile-note">{note}</span>
        {spark === undefined ? null : (
          <Sparkline values={historyOf(spark)} points={FEWEST_POINTS} width={88} height={24} />
        )}
      </dd>
    </div>
  )
}
