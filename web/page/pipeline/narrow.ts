/**
 * The graph of a phone: parts one below the other, each after those that feed it, and their edges in lanes at the left. A lane
 * belongs to one part from its own row to the last one that it feeds.
 */
import type { LayoutEdge } from './layout.ts'

export type Lane = { readonly from: number; readonly to: readonly number[]; readonly lane: number }

export type NarrowLayout = {
  /** The parts from top to bottom. */
  readonly order: readonly string[]
  /** Rows are numbers in `order`. */
  readonly lanes: readonly Lane[]
  readonly laneCount: number
}

export function layOutNarrow(ids: readonly string[], edges: readonly LayoutEdge[]): NarrowLayout {
  const order = orderOf(ids, edges)
  const rows = new Map(order.map((id, row) => [id, row]))
  const lanes: Lane[] = []
  for (const [row, id] of order.entries()) {
    const to = edges.filter(({ from }) => from === id).flatMap((edge) => rows.get(edge.to) ?? [])
    if (to.length === 0) continue
    // A lane that ends in a row is free below the middle of that row.
    const taken = new Set(lanes.filter((one) => Math.max(...one.to) > row).map(({ lane }) => lane))
    let lane = 0
    while (taken.has(lane)) lane++
    lanes.push({ from: row, to: to.sort((a, b) => a - b), lane })
  }
  return { order, lanes, laneCount: Math.max(0, ...lanes.map(({ lane }) => lane + 1)) }
}

/** What a part feeds follows it as soon as all that feeds it is there. */
function orderOf(ids: readonly string[], edges: readonly LayoutEdge[]): readonly string[] {
  const order: string[] = []
  const done = new Set<string>()
  const visit = (id: string): void => {
    if (done.has(id) || edges.some(({ from, to }) => to === id && !done.has(from))) return
    done.add(id)
    order.push(id)
    for (const { from, to } of edges) if (from === id) visit(to)
  }
  for (const id of ids) visit(id)
  return order
}
