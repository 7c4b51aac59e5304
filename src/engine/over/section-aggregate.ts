/**
 * An aggregate over the frames of a section of a bounded OVER. Over whole partitions it is computed once for each; without a
 * beginning it runs along; and where there is no shorter way (`framed.ts`), its rows are kept in two stacks (`frames.ts`).
 */
import { type Batch, batchOfRows, type Column } from '../../record/column.ts'
import { ColumnGather } from '../../record/gather.ts'
import type { Field } from '../../record/type.ts'
import type { AggregateCall } from '../../sql/plan/aggregate.ts'
import { appendEntries, clearEntries, type Entries, makeEntries } from '../aggregate/entries.ts'
import { type Framed, placesOfValues, shortWay } from './framed.ts'
import { Frames } from './frames.ts'
import type { FrameEnds, Section } from './section.ts'
import { accumulateRows, type OverPlan, type OverSpec, overSpec, resultsOf } from './spec.ts'

/** One of the aggregates of a node. */
export class SectionAggregate {
  readonly #spec: OverSpec
  readonly #call: AggregateCall
  readonly #argument: ColumnGather | undefined
  /** Puts the result of an owner beside each of its rows. */
  readonly #spread: ColumnGather
  readonly #stacks: Frames
  readonly #out: Entries
  readonly #running: Entries

  constructor(plan: OverPlan, call: AggregateCall) {
    const { fields } = plan.input
    // Its argument is the only column of its rows.
    const alone = { ...call, argument: call.argument === undefined ? undefined : 0 }
    const input = { ...plan.input, fields: call.argument === undefined ? [] : [fields[call.argument] as Field] }
    this.#spec = overSpec({ ...plan, input, calls: [alone], functions: [] })
    this.#call = call
    this.#argument = call.argument === undefined ? undefined : new ColumnGather((fields[call.argument] as Field).type)
    this.#spread = new ColumnGather(call.field.type)
    this.#stacks = new Frames(this.#spec, undefined)
    const { layout } = this.#spec
    this.#out = makeEntries(layout, 0)
    this.#running = makeEntries(layout, 1)
    this.#running.count = 1
  }

  /** The column of results; valid until the next section. */
  run(section: Section, frames: () => FrameEnds): Column {
    const { columns, rows, bounds } = section
    const count = rows.length
    const { argument: index } = this.#call
    const argument = index === undefined ? undefined : this.#argument?.take(columns[index] as Column, rows, count)
    const batch = batchOfRows(count, argument === undefined ? [] : [argument])
    const { frame } = this.#spec.plan
    if (frame.from === -Infinity && frame.to === Infinity) return this.#ofOwners(batch, bounds)
    const framed = { count, bounds, argument, ...frames() }
    const name = this.#call.function as string
    if (name === 'FIRST_VALUE' || name === 'LAST_VALUE') return this.#picked(section, framed, name === 'FIRST_VALUE')
    const short = shortWay(this.#spec, framed)
    if (short !== undefined) return short
    clearEntries(this.#out, this.#spec.layout)
    if (frame.from === -Infinity) this.#run(batch, framed)
    else this.#stack(batch, framed)
    return resultsOf(this.#spec, this.#out)[0] as Column
  }

  /** Over all rows of each owner. */
  #ofOwners(batch: Batch, bounds: Int32Array): Column {
    const owners = bounds.length - 1
    const ownerOf = new Int32Array(batch.count)
    for (let owner = 0; owner < owners; owner++) ownerOf.fill(owner, bounds[owner], bounds[owner + 1])
    const entries = makeEntries(this.#spec.layout, owners)
    entries.count = owners
    accumulateRows(this.#spec, entries, batch, { entryOf: ownerOf, from: 0, to: batch.count })
    return this.#spread.take(resultsOf(this.#spec, entries)[0] as Column, ownerOf, batch.count)
  }

  #picked({ columns, rows }: Section, framed: Framed, isFirst: boolean): Column {
    const { count } = framed
    const chosen = placesOfValues(framed, isFirst)
    const absent = new Uint8Array(count)
    for (let place = 0; place < count; place++) {
      const at = chosen[place] as number
      absent[place] = at < 0 ? 1 : 0
      chosen[place] = rows[Math.max(0, at)] as number
    }
    return this.#spread.take(columns[this.#call.argument as number] as Column, chosen, count, absent)
  }

  /** Adds rows to one entry as the frame grows. */
  #run(batch: Batch, { count, bounds, to }: Framed): void {
    const { layout } = this.#spec
    const running = this.#running
    const entryOf = new Int32Array(count)
    let owner = -1
    let [end, next] = [0, 0]
    for (let place = 0; place < count; place++) {
      if (place === end) {
        owner++
        end = bounds[owner + 1] as number
        next = place
        clearEntries(running, layout)
        running.count = 1
      }
      const stop = to[place] as number
      if (next < stop) accumulateRows(this.#spec, running, batch, { entryOf, from: next, to: stop })
      next = Math.max(next, stop)
      appendEntries(this.#out, layout, running, 0, 1)
    }
  }

  /** Pushes and pops the rows of the frames. */
  #stack(batch: Batch, { count, bounds, from, to }: Framed): void {
    const stacks = this.#stacks
    const out = this.#out
    const { layout } = this.#spec
    stacks.clear(bounds.length - 1)
    stacks.add(batch)
    let owner = -1
    let [end, pushed, popped, moved] = [0, 0, 0, true]
    for (let place = 0; place < count; place++) {
      if (place === end) {
        owner++
        end = bounds[owner + 1] as number
        pushed = place
        popped = place
        moved = true
      }
      const begin = from[place] as number
      const stop = to[place] as number
      for (; pushed < stop; pushed++, moved = true) stacks.push(owner, pushed, 0)
      for (; popped < Math.min(begin, stop); popped++, moved = true) stacks.pop(owner)
      if (moved) stacks.result(owner, out)
      else appendEntries(out, layout, out, out.count - 1, 1)
      moved = false
    }
  }
}
