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
import type { Clock } from '../../base/clock.ts'
import { sha256 } from '../../base/digest.ts'
import type { Disk } from '../../base/disk/disk.ts'
import { Failure } from '../../base/failure.ts'
import type { Bus } from '../../bus/bus.ts'
import { readChecked, writeChecked } from '../../data/checked-json.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'
import { fingerprintOf } from '../../runner/fingerprint.ts'
import type { Reset } from '../../runner/reset.ts'
import { type Checkpoint, NO_CHECKPOINT } from '../../topic/checkpoint.ts'
import type { ShareStatus } from '../status/status.ts'
import { holdingText, joinHoldings, withoutHolding } from './assign.ts'
import { type BusCheckpoints, openBusCheckpoints } from './bus-checkpoint.ts'
import { openClaims } from './claims.ts'
import { type GroupMembership, openMembership } from './membership.ts'
import { sharedParts, QUERIES, reduced } from './reduce.ts'
import type { Decided, Holding, MemberSays } from './told.ts'

/** The others wait this part of a session for one that does not join again, and no longer than this. */
const REJOIN = 0.6
const MOST_REJOIN_MS = 15_000

export type SharingProcess = {
  /** The bus that appends for a part; undefined: this process does not hold the part. */
  busOf(part: string): Bus | undefined
  /** The checkpoint of the data folder with what is on the bus, if this process has the queries. */
  withQueries(kept: Checkpoint, isNeeded: boolean): Promise<Checkpoint>
  /** Keeps the queries' part of a checkpoint on the bus. Gives the part for the data folder. */
  keepQueries(checkpoint: Checkpoint, before: Checkpoint): Promise<Checkpoint>
  /** Throws a Failure ('fenced') where what this process holds may be another's by now. */
  checkHeld(): void
  /** What this process has of its pipeline, which is the second. */
  held(): CheckedPipeline
  whole(): CheckedPipeline
  /** Where the queries are, if this process has them not, in words: `run on host b (process 17)`. */
  elsewhere(): string | undefined
  /** Whether another pipeline may share with this one. */
  isSame(next: CheckedPipeline): boolean
  /** Takes part until the run stops; then lets go of everything. `become` is called for one change at a time. */
  run(changing: SharedChange): Promise<void>
  /** The next pipeline: what this process has is let go of, and it joins as one with another file. */
  reload(next: CheckedPipeline, changing: Pick<SharedChange, 'become'>): Promise<void>
  /** What each process holds, as far as this process knows. */
  status(): ShareStatus
  /** Lets the others take over what is left. */
  [Symbol.asyncDispose](): Promise<void>
}

export type SharedChange = {
  /** Makes the parts those of the pipeline. `isAnew`: all but sources are closed; topics are opened anew the next time. */
  become(
    pipeline: CheckedPipeline,
    change: { readonly isAnew: boolean; readonly reset: ReadonlyMap<string, Reset> },
  ): Promise<void>
  /** Whether the run ends because a part has failed. */
  hasFailed(): boolean
  /** Resolves when nothing changes the parts any more, nor will. */
  settled(): Promise<void>
  /** Does it when nothing else changes the parts. */
  inTurn(work: () => Promise<void>): Promise<void>
}

export type ShareOptions = {
  readonly pipeline: CheckedPipeline
  readonly bus: Bus
  readonly host: string
  readonly version: string
  readonly since: string
  readonly disk: Disk
  readonly dataFolder: string
  readonly clock: Clock
  readonly reset: ReadonlyMap<string, Reset>
  readonly stop: AbortSignal
  warn(message: string): void
  note(message: string): void
  /** It is another pipeline now. */
  reloaded(next: CheckedPipeline): void
  /** What is shared cannot go on. */
  fail(error: unknown): void
}

type MemberFile = { readonly group: string; readonly id: string }

/** Opens a process of a shared pipeline, which holds nothing yet. */
export async function openShare(options: ShareOptions): Promise<SharingProcess> {
  const { bus, host, version, since, disk, dataFolder, clock, stop, warn, note, fail } = options
  let pipeline = options.pipeline
  const { name } = pipeline
  const sessionMs = pipeline.share?.sessionMs ?? 0
  const group = `${name}.members`
  const memberFile = `${dataFolder}/member.json`
  let holding: Holding = {}
  /** What it is about to hold. */
  let coming: Holding = {}
  let decided: Decided = { members: [], waiting: [] }
  let id = ''
  let reset = options.reset
  let isReloaded = false
  let checkpoints: BusCheckpoints | undefined
  let latest: Decided | undefined
  const lost = (why: string) => fail(new Failure('fenced', `this process has lost its parts: ${why}`))
  const claims = openClaims(bus, name, (part, failure) =>
    lost(`${part}: ${failure instanceof Failure ? failure.message : 'another process has it'}`),
  )
  const members = bus.members?.(group, { sessionMs, rejoinMs: Math.min(sessionMs * REJOIN, MOST_REJOIN_MS) })
  if (members === undefined) throw new Failure('pipeline', 'a pipeline is shared on Kafka only')
  const told = (): MemberSays => ({
    ...{ host, pid: process.pid, version, since, file: fileOf(pipeline), parts: sharedParts(pipeline) },
    holds: joinHoldings(holding, coming, 'either'),
  })
  let changing: SharedChange | undefined
  const ending = new AbortController()
  const membership: GroupMembership = openMembership({
    ...{ members, clock, sessionMs, told, lost, stop: ending.signal },
    known(given) {
      id = given
      // A member that starts again lets the others know that the one before it is gone.
      writeChecked(disk, memberFile, { group, id: given } satisfies MemberFile).catch(() => undefined)
    },
    decided(next) {
      latest = next
      void changing?.inTurn(takeLatest).catch((error: unknown) => {
        if (!stop.aborted) fail(error)
      })
    },
  })

  /** Follows the last decision; those before it are not worth following. */
  async function takeLatest(): Promise<void> {
    const next = latest
    if (next === undefined || changing === undefined || stop.aborted) return
    latest = undefined
    sayNews(next)
    decided = next
    const mine = next.members.find((one) => one.id === id)?.holds ?? {}
    refuseReset(next)
    await hold(mine, changing)
  }

  /** A start with `--reset` is to take the queries. */
  function refuseReset({ members: all }: Decided): void {
    const other = all.find((one) => one.id !== id && one.holds[QUERIES] === true)
    if (reset.size === 0 || other === undefined) return
    throw new Failure('in-use', `--reset: the queries run on host ${other.host} (process ${other.pid})`, {
      hint: 'Stop the other processes first: this one then takes the queries, and begins them anew.',
    })
  }

  /** Lets go of what is another's now, then takes over what is new. */
  async function hold(mine: Holding, { become }: Pick<SharedChange, 'become'>): Promise<void> {
    const lets = withoutHolding(holding, mine)
    const takes = withoutHolding(mine, holding)
    const isAnew = (holding[QUERIES] === true) !== (mine[QUERIES] === true)
    const hasLess = Object.keys(lets).length > 0
    if (hasLess || isAnew) {
      coming = joinHoldings(holding, mine, 'both')
      const left = isAnew ? onlySources(coming) : coming
      await become(reduced(pipeline, left), { isAnew, reset: NO_RESET })
      await claims.giveUp((part) => part in left)
      if (holding[QUERIES] === true && left[QUERIES] === undefined) checkpoints = undefined
      holding = coming
      if (hasLess) {
        note(`let go of ${holdingText(lets)}`)
        membership.changed()
      }
    }
    if (Object.keys(takes).length === 0 && !isAnew) return
    coming = mine
    const began = clock.elapsed()
    for (const part of Object.keys(mine).filter(isClaimed)) await claims.claim(part)
    await become(reduced(pipeline, mine), { isAnew: false, reset: takes[QUERIES] === true ? reset : NO_RESET })
    holding = mine
    if (takes[QUERIES] === true) reset = NO_RESET
    if (Object.keys(takes).length > 0) {
      note(`took over ${holdingText(takes)} in ${Math.round(clock.elapsed() - began)} ms`)
    }
  }

  const isClaimed = (part: string): boolean =>
    part === QUERIES || pipeline.sources.some((source) => source.on === undefined && `source ${source.name}` === part)

  /** Says who has come, who has gone and what waits; once. */
  function sayNews(next: Decided): void {
    const nameOf = (one: Decided['members'][number]) => `host ${one.host} (process ${one.pid})`
    const before = new Set(decided.members.map((one) => one.id))
    const now = new Set(next.members.map((one) => one.id))
    for (const one of next.members) if (!before.has(one.id) && one.id !== id) note(`${nameOf(one)} shares the pipeline`)
    for (const one of decided.members) if (!now.has(one.id)) note(`${nameOf(one)} has gone`)
    const self = next.members.find((one) => one.id === id)
    const wasWaiting = decided.members.find((one) => one.id === id)?.waits
    if (self?.waits !== undefined && self.waits !== wasWaiting) warn(`this process waits: ${self.waits}`)
    const known = new Set(decided.waiting.map(({ part, why }) => `${part} ${why}`))
    for (const { part, why } of next.waiting) {
      if (!known.has(`${part} ${why}`) && why.startsWith('no process')) warn(`${part} waits: ${why}`)
    }
  }

  return {
    busOf: claims.busOf,
    held: () => reduced(pipeline, holding),
    whole: () => pipeline,
    elsewhere() {
      if (holding[QUERIES] === true) return undefined
      const owner = decided.members.find((one) => one.holds[QUERIES] === true)
      return owner === undefined ? 'run nowhere at the moment' : `run on host ${owner.host} (process ${owner.pid})`
    },
    isSame: (next) => fileOf(next) === fileOf(pipeline),
    async withQueries(kept, isNeeded) {
      const own = claims.busOf(QUERIES)
      if (own === undefined) return kept
      checkpoints ??= await openBusCheckpoints(own, name, clock, warn)
      if (!isNeeded) return kept
      const found = await checkpoints.read()
      // A pipeline that was not shared before goes on from the data folder that it ran in.
      if (found === undefined) return kept
      const { bus: cluster, topics, queries, dead } = found
      if (isReloaded) reset = keptQueries(queries)
      const topicIds = { ...kept.bus?.topics, ...cluster?.topics }
      const onBus = cluster === undefined ? {} : { bus: { ...cluster, topics: topicIds } }
      return { ...kept, ...onBus, topics: { ...kept.topics, ...topics }, queries, dead }
    },
    async keepQueries(checkpoint, before) {
      const local = withoutShared(checkpoint, pipeline)
      if (claims.busOf(QUERIES) === undefined || checkpoints === undefined) {
        return { ...local, queries: before.queries, dead: before.dead }
      }
      await checkpoints.write({ ...checkpoint, sinks: {} })
      return { ...local, queries: {}, dead: {} }
    },
    checkHeld() {
      if (membership.isSafe() || Object.keys(holding).length === 0) return
      throw new Failure('fenced', 'this process has not heard from the others for too long: they may have its parts')
    },
    async run(given) {
      changing = given
      await leaveFormer()
      const working = membership.run().catch((error: unknown) => {
        if (!ending.signal.aborted) fail(error)
      })
      if (!stop.aborted) await new Promise<void>((done) => stop.addEventListener('abort', () => done(), { once: true }))
      await given.settled()
      if (membership.isSafe() && !given.hasFailed()) await hold({}, given)
      ending.abort()
      await membership.leave().catch(() => undefined)
      await working
    },
    async reload(next, given) {
      coming = {}
      if (Object.keys(holding).length > 0) await hold({}, given)
      pipeline = next
      isReloaded = true
      options.reloaded(next)
      membership.changed()
    },
    status: () => ({ ...decided, host, id }),
    async [Symbol.asyncDispose]() {
      ending.abort()
      await membership.leave().catch(() => undefined)
      await claims.giveUp(() => false).catch(() => undefined)
    },
  }

  /** The process that had this data folder before is dead, as this one owns the folder: nobody need wait for its session. */
  async function leaveFormer(): Promise<void> {
    const former = readChecked(disk, memberFile) as MemberFile | undefined
    if (former?.group === group && former.id !== '') await members?.leave(former.id)
  }

  /** What a reload keeps: the state of queries whose text has changed, as far as it fits. */
  function keptQueries(queries: Checkpoint['queries']): ReadonlyMap<string, Reset> {
    const changed = pipeline.queries.filter((query) => queries[query.name] !== undefined)
    return new Map(changed.map((query) => [query.name, 'keep'] as const))
  }
}

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
