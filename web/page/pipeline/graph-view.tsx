/** The graph: cards, and lines between them. Wide it goes from left to right, on a phone from top to bottom. */
import type { VNode } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { GraphPart, PipelineGraph } from '../../../src/server/api/pipeline.ts'
import { useStatus } from '../../api/status.ts'
import { curveOf, layOut } from './layout.ts'
import { layOutNarrow } from './narrow.ts'
import { PartCard } from './part/card.tsx'

/** A graph in less room is drawn from top to bottom. */
const NARROW = 560
const CARD = { least: 168, most: 236, height: 88 }
const GAP = { least: 36, most: 88 }
const ROW_GAP = 14
const LANE = 12

export function GraphView({ graph }: { readonly graph: PipelineGraph }): VNode {
  const frame = useRef<HTMLElement>(null)
  const [room, setRoom] = useState(0)
  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const observer = new ResizeObserver(([entry]) => setRoom(Math.floor(entry?.contentRect.width ?? 0)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return (
    // A graph that is wider than the page scrolls, which the keyboard has to reach.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: as above
    <section ref={frame} class="pipeline-graph" aria-label="Graph of the pipeline" tabIndex={0}>
      {room === 0 ? null : room < NARROW ? <NarrowGraph graph={graph} /> : <WideGraph graph={graph} room={room} />}
    </section>
  )
}

function WideGraph({ graph, room }: { readonly graph: PipelineGraph; readonly room: number }): VNode {
  const { layout, width } = useMemo(() => {
    const ids = graph.parts.map(({ id }) => id)
    const lay = (card: number, columnGap: number) =>
      layOut(ids, graph.edges, { width: card, height: CARD.height, columnGap, rowGap: ROW_GAP })
    const columns = lay(1, 0).width
    const fitting = (room - (columns - 1) * GAP.least) / columns
    const card = Math.round(Math.min(CARD.most, Math.max(CARD.least, Math.min(fitting, 0.78 * (room / columns)))))
    const gap = columns < 2 ? 0 : (room - columns * card) / (columns - 1)
    return { layout: lay(card, Math.round(Math.min(GAP.most, Math.max(GAP.least, gap)))), width: card }
  }, [graph, room])
  return (
    <div class="pipeline-canvas" style={{ width: `${layout.width}px`, height: `${layout.height}px` }}>
      <svg width={layout.width} height={layout.height} aria-hidden="true">
        {layout.edges.map(({ from, to, points }) => (
          <Edge key={`${from} ${to}`} from={partOf(graph, from)} to={partOf(graph, to)} path={curveOf(points)} />
        ))}
      </svg>
      <ul>
        {graph.parts.map((part) => {
          const { x, y } = layout.places.get(part.id) ?? { x: 0, y: 0 }
          const style = { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${CARD.height}px` }
          return (
            <li key={part.id}>
              <PartCard part={part} style={style} />
            </li>
          )
        })}
      </ul>
    </div>
  )
}

function NarrowGraph({ graph }: { readonly graph: PipelineGraph }): VNode {
  const { order, lanes, laneCount } = useMemo(
    () =>
      layOutNarrow(
        graph.parts.map(({ id }) => id),
        graph.edges,
      ),
    [graph],
  )
  const step = CARD.height + 8
  const left = laneCount * LANE + 4
  const middle = (row: number) => row * step + CARD.height / 2
  return (
    <div class="pipeline-canvas is-narrow" style={{ height: `${order.length * step - 8}px` }}>
      <svg width={left} height={order.length * step} aria-hidden="true">
        {lanes.flatMap(({ from, to, lane }) => {
          const x = left - 8 - lane * LANE
          // What edges share is drawn as the nearest one, so that a line that is stuck is seen only where it is alone.
          return to.toReversed().map((row) => {
            const path = `M${left} ${middle(from) + 14}H${x + 6}Q${x} ${middle(from) + 14} ${x} ${middle(from) + 20}V${middle(row) - 20}Q${x} ${middle(row) - 14} ${x + 6} ${middle(row) - 14}H${left}`
            const ends = { from: partOf(graph, order[from]), to: partOf(graph, order[row]) }
            return <Edge key={`${from} ${row}`} {...ends} path={path} />
          })
        })}
      </svg>
      <ul>
        {order.map((id, row) => {
          const part = partOf(graph, id)
          if (part === undefined) return null
          const style = { left: `${left}px`, right: '0', top: `${row * step}px`, height: `${CARD.height}px` }
          return (
            <li key={id}>
              <PartCard part={part} style={style} />
            </li>
          )
        })}
      </ul>
    </div>
  )
}

const partOf = ({ parts }: PipelineGraph, id: string | undefined): GraphPart | undefined =>
  parts.find((one) => one.id === id)

type EdgeProps = { readonly from: GraphPart | undefined; readonly to: GraphPart | undefined; readonly path: string }

/** A line: lively where something flows, dashed where it is held up. */
function Edge({ from, to, path }: EdgeProps): VNode {
  const state = useStatus((status) => {
    const list = from?.kind === 'source' ? status.sources : from?.kind === 'query' ? status.queries : status.topics
    const rate = list.find(({ name }) => name === (from?.kind === 'topic' ? from.topic : from?.name))?.rate ?? 0
    const isStuck = to?.kind === 'sink' && status.sinks.find(({ name }) => name === to.name)?.trouble != null
    // A report reads when it is due, and not while records flow.
    return isStuck ? 'is-stuck' : rate > 0 && to?.kind !== 'report' ? 'is-flowing' : ''
  })
  return <path class={`pipeline-edge ${state ?? ''}`} d={path} />
}
