/**
 * A process of a shared pipeline: what it holds, and how it lets go and takes over.
 *
 * A decision of the group becomes a smaller pipeline (`reduce.ts`), and the way of a reload makes the parts those of it. What
 * another process is to have is halted first, settled, and its places are committed; only then do the others hear that it is
 * free. A part that was taken over goes on from the bus: the queries from their checkpoint, a source from its marks, the
 * partitions of a sink from the offsets of its group.
 *
 * Where the queries come or go, all but the sources are opened anew, as another process appended to the topics that this one knew.
 */
import { once } from 'node:events'
import { sha256 } from '../../base/digest.ts'
import { Failure } from '../../base/failure.ts'
import type { Bus } from '../../bus/bus.ts'
import type { Members } from '../../client/kafka/members.ts'
import { readChecked, writeChecked } from '../../data/checked-json.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'
import { fingerprintOf } from '../../runner/fingerprint.ts'
import type { Reset } from '../../runner/reset.ts'
import { type Checkpoint, NO_CHECKPOINT } from '../../topic/checkpoint.ts'
import type { ShareStatus } from '../status/status.ts'
import { holdingText, joinHoldings, withoutHolding } from './assign.ts'
import { type BusCheckpoints, openBusCheckpoints } from './bus-checkpoint.ts'
import { type Claims, openClaims } from './claims.ts'
import { refuseLostQueries } from './lost-queries.ts'
import { type GroupMembership, openMembership } from './membership.ts'
import { sayNews } from './news.ts'
import { QUERIES, reduced, sharedParts, sourcePart } from './reduce.ts'
import type { SharedChange, ShareOptions, SharingProcess } from './sharing.ts'
import type { Decided, Holding, MemberSays } from './told.ts'

/** The others wait this part of a session for one that does not join again, and no longer than this. */
const REJOIN = 0.6
const MOST_REJOIN_MS = 15_000

type MemberFile = { readonly group: string; readonly id: string }

/** A process of a shared pipeline, which holds nothing yet. */
class SharedRun implements SharingProcess {
  readonly #options: ShareOptions
  readonly #group: string
  readonly #memberFile: string
  readonly #claims: Claims
  readonly #members: Members
  readonly #membership: GroupMembership
  readonly #ending = new AbortController()
  #pipeline: CheckedPipeline
  #holding: Holding = {}
  /** What it is about to hold. */
  #coming: Holding = {}
  #decided: Decided = { members: [], waiting: [] }
  #latest: Decided | undefined
  #id = ''
  #reset: ReadonlyMap<string, Reset>
  #checkpoints: BusCheckpoints | undefined
  #changing: SharedChange | undefined

  constructor(options: ShareOptions) {
    const { bus, pipeline, dataFolder, clock, reset, fail } = options
    const { name, share } = pipeline
    const sessionMs = share?.sessionMs ?? 0
    this.#options = options
    this.#pipeline = pipeline
    this.#reset = reset
    this.#group = `${name}.members`
    this.#memberFile = `${dataFolder}/member.json`
    const lost = (why: string) => fail(new Failure('fenced', `this process has lost its parts: ${why}`))
    this.#claims = openClaims(bus, name, (part, failure) =>
      lost(`${part}: ${failure instanceof Failure ? failure.message : 'another process has it'}`),
    )
    const members = bus.members?.(this.#group, { sessionMs, rejoinMs: Math.min(sessionMs * REJOIN, MOST_REJOIN_MS) })
    if (members === undefined) throw new Failure('pipeline', 'a pipeline is shared on Kafka only')
    this.#members = members
    this.#membership = openMembership({
      ...{ members, clock, sessionMs, lost, stop: this.#ending.signal },
      told: () => this.#told(),
      known: (id) => this.#known(id),
      decided: (decided) => this.#hears(decided),
    })
  }

  readonly busOf = (part: string): Bus | undefined => this.#claims.busOf(part)

  held(): CheckedPipeline {
    return reduced(this.#pipeline, this.#holding)
  }

  whole(): CheckedPipeline {
    return this.#pipeline
  }

  elsewhere(): string | undefined {
    if (this.#holding[QUERIES] === true) return undefined
    const owner = this.#decided.members.find((one) => one.holds[QUERIES] === true)
    return owner === undefined ? 'run nowhere at the moment' : `run on host ${owner.host} (process ${owner.pid})`
  }

  isSame(next: CheckedPipeline): boolean {
    return fileOf(next) === fileOf(this.#pipeline)
  }

  async withQueries(kept: Checkpoint, isNeeded: boolean): Promise<Checkpoint> {
    const { pipeline, clock, warn } = this.#options
    const own = this.#claims.busOf(QUERIES)
    if (own === undefined) return kept
    this.#checkpoints ??= await openBusCheckpoints(own, pipeline.name, clock, warn)
    if (!isNeeded) return kept
    const found = await this.#checkpoints.read()
    // A pipeline that was not shared before goes on from the data folder that it ran in.
    if (found === undefined) {
      await refuseLostQueries({ bus: own, pipeline: this.#pipeline, kept, reset: this.#reset })
      return kept
    }
    const { bus: cluster, topics, queries, dead } = found
    const topicIds = { ...kept.bus?.topics, ...cluster?.topics }
    const onBus = cluster === undefined ? {} : { bus: { ...cluster, topics: topicIds } }
    return { ...kept, ...onBus, topics: { ...kept.topics, ...topics }, queries, dead }
  }

  async keepQueries(checkpoint: Checkpoint, before: Checkpoint): Promise<Checkpoint> {
    const local = withoutShared(checkpoint, this.#pipeline)
    if (this.#claims.busOf(QUERIES) === undefined || this.#checkpoints === undefined) {
      return { ...local, queries: before.queries, dead: before.dead }
    }
    await this.#checkpoints.write({ ...checkpoint, sinks: {} })
    return { ...local, queries: {}, dead: {} }
  }

  checkHeld(): void {
    if (this.#membership.isSafe() || Object.keys(this.#holding).length === 0) return
    throw new Failure('fenced', 'this process has not heard from the others for too long: they may have its parts')
  }

  async run(changing: SharedChange): Promise<void> {
    const { stop, fail } = this.#options
    this.#changing = changing
    await this.#leaveFormer()
    const working = this.#membership.run().catch((error: unknown) => {
      if (!this.#ending.signal.aborted) fail(error)
    })
    if (!stop.aborted) await once(stop, 'abort')
    await changing.settled()
    if (this.#membership.isSafe() && !changing.hasFailed()) await this.#hold({}, changing)
    this.#ending.abort()
    // What failed leaves once its parts are closed.
    if (changing.hasFailed()) return
    await this.#membership.leave().catch(() => undefined)
    await working
  }

  async reload(next: CheckedPipeline, change: Pick<SharedChange, 'become'>): Promise<void> {
    this.#coming = {}
    if (Object.keys(this.#holding).length > 0) await this.#hold({}, change)
    this.#pipeline = next
    // As a reload: a query whose text has changed keeps its state, if that fits.
    this.#reset = new Map(next.queries.map(({ name }) => [name, 'keep']))
    this.#options.reloaded(next)
    this.#membership.changed()
  }

  status(): ShareStatus {
    return { ...this.#decided, host: this.#options.host, id: this.#id }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await this.#membership.leave().catch(() => undefined)
    await this.#claims.giveUp(() => false).catch(() => undefined)
  }

  #told(): MemberSays {
    const { host, version, since } = this.#options
    const file = fileOf(this.#pipeline)
    const holds = joinHoldings(this.#holding, this.#coming, 'either')
    return { host, pid: process.pid, version, since, file, parts: sharedParts(this.#pipeline), holds }
  }

  /** A member that starts again lets the others know that the one before it is gone. */
  #known(id: string): void {
    this.#id = id
    const content: MemberFile = { group: this.#group, id }
    writeChecked(this.#options.disk, this.#memberFile, content).catch(() => undefined)
  }

  #hears(decided: Decided): void {
    const { stop, fail } = this.#options
    this.#latest = decided
    const done = this.#changing?.inTurn(() => this.#takeLatest())
    done?.catch((error: unknown) => {
      if (!stop.aborted) fail(error)
    })
  }

  /** Follows the last decision; those before it are not worth following. */
  async #takeLatest(): Promise<void> {
    const next = this.#latest
    if (next === undefined || this.#changing === undefined || this.#options.stop.aborted) return
    this.#latest = undefined
    sayNews(this.#decided, next, { ...this.#options, id: this.#id })
    this.#decided = next
    this.#refuseReset(next)
    await this.#hold(next.members.find((one) => one.id === this.#id)?.holds ?? {}, this.#changing)
  }

  /** A start with `--reset` takes the queries, or fails. */
  #refuseReset({ members }: Decided): void {
    const other = members.find((one) => one.id !== this.#id && one.holds[QUERIES] === true)
    if (this.#options.reset.size === 0 || this.#reset !== this.#options.reset || other === undefined) return
    throw new Failure('in-use', `--reset: the queries run on host ${other.host} (process ${other.pid})`, {
      hint: 'Stop the other processes first: this one then takes the queries, and begins them anew.',
    })
  }

  /** Lets go of what is another's now, then takes over what is new. */
  async #hold(mine: Holding, { become }: Pick<SharedChange, 'become'>): Promise<void> {
    const { clock, note } = this.#options
    const lets = withoutHolding(this.#holding, mine)
    const takes = withoutHolding(mine, this.#holding)
    const isAnew = (this.#holding[QUERIES] === true) !== (mine[QUERIES] === true)
    if (Object.keys(lets).length > 0 || isAnew) {
      this.#coming = joinHoldings(this.#holding, mine, 'both')
      const left = isAnew ? onlySources(this.#coming) : this.#coming
      await become(reduced(this.#pipeline, left), { isAnew, reset: NO_RESET })
      await this.#claims.giveUp((part) => part in left)
      if (left[QUERIES] === undefined) this.#checkpoints = undefined
      this.#holding = this.#coming
      if (Object.keys(lets).length > 0) {
        note(`let go of ${holdingText(lets)}`)
        this.#membership.changed()
      }
    }
    if (Object.keys(takes).length === 0 && !isAnew) return
    this.#coming = mine
    const began = clock.elapsed()
    for (const part of Object.keys(mine)) if (isClaimed(part, this.#pipeline)) await this.#claims.claim(part)
    const hasTaken = takes[QUERIES] === true
    await become(reduced(this.#pipeline, mine), {
      isAnew: false,
      reset: hasTaken ? this.#reset : NO_RESET,
    })
    this.#holding = mine
    if (hasTaken) this.#reset = NO_RESET
    if (Object.keys(takes).length === 0) return
    note(`took over ${holdingText(takes)} in ${Math.round(clock.elapsed() - began)} ms`)
  }

  /** The process that had this data folder before is dead, as this one owns the folder: nobody need wait for its session. */
  async #leaveFormer(): Promise<void> {
    const former = readChecked(this.#options.disk, this.#memberFile) as MemberFile | undefined
    if (former?.group === this.#group && former.id !== '') await this.#members.leave(former.id)
  }
}

/** Opens a process of a shared pipeline, which holds nothing yet. Throws a Failure where the bus cannot be shared. */
export const openShare = (options: ShareOptions): SharingProcess => new SharedRun(options)

/** The parts that a process claims on the bus, as it appends for them. */
const isClaimed = (part: string, { sources }: CheckedPipeline): boolean =>
  part === QUERIES || sources.some(({ on, name }) => on === undefined && sourcePart(name) === part)

const NO_RESET: ReadonlyMap<string, Reset> = new Map()

const onlySources = (holding: Holding): Holding =>
  Object.fromEntries(Object.entries(holding).filter(([part]) => part.startsWith('source ')))

/** A digest of what the file and the options say, and of what this version makes of the queries. */
const fileOf = (pipeline: CheckedPipeline): string =>
  sha256(JSON.stringify([pipeline.written, pipeline.queries.map((query) => fingerprintOf(query, pipeline))]), 'hex')

/** What a data folder keeps: the places of sinks that belong to its host. */
function withoutShared(checkpoint: Checkpoint, { sinks }: CheckedPipeline): Checkpoint {
  const shared = new Set(sinks.filter(({ on }) => on === undefined).map(({ name }) => name))
  const own = Object.entries(checkpoint.sinks).filter(([sink]) => !shared.has(sink))
  return { ...NO_CHECKPOINT, ...checkpoint, sinks: Object.fromEntries(own) }
}
