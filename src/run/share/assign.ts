/**
 * Decides which process has which part of a shared pipeline. A function of what all processes have told, and nothing else, so
 * that it does not matter which of them decides.
 *
 * - Every part has one owner at most, which may have it. A part that is to move goes to nobody until the process that holds it
 *   has let it go: then all are asked again.
 * - Among the processes that may have them, parts of a kind are divided evenly: the queries are one, sources without a host are
 *   a kind together, and the partitions of each sink are one.
 * - The holder of a part keeps it, as far as the parts stay even: as few as possible move.
 * - Processes with another pipeline file than those that hold parts wait until these have ended.
 */
import { countText } from '../../base/units.ts'
import {
  type Decided,
  type DecidedMember,
  type Holding,
  type MemberSays,
  movesFrom,
  nobodyOn,
  type SharedPart,
  type ToldMember,
} from './told.ts'

/** One part, or one partition of it. */
type Unit = { readonly part: string; readonly partition: number | undefined }

const keyOf = ({ part, partition }: Unit): string => (partition === undefined ? part : `${part}/${partition}`)

/** What each of the members gets. */
export function assign(told: readonly ToldMember[]): Decided {
  const all = [...told].sort((a, b) => (`${a.host} ${a.id}` < `${b.host} ${b.id}` ? -1 : 1))
  const file = prevailing(all)
  const members = all.filter((one) => one.file === file)
  const holderOf = new Map(all.flatMap((one) => unitsOf(one.holds).map((unit) => [keyOf(unit), one.id] as const)))
  const parts = members[0]?.parts ?? []
  const given = new Map<string, Unit[]>(all.map(({ id }) => [id, []]))
  const load = new Map<string, number>(members.map(({ id }) => [id, 0]))
  const waiting: { part: string; why: string }[] = []
  for (const kind of kindsIn(parts)) {
    const { on } = kind[0] as SharedPart
    const able = members.filter(({ host }) => on === undefined || host === on)
    if (able.length === 0) {
      for (const { name } of kind) waiting.push({ part: name, why: nobodyOn(on) })
      continue
    }
    const units = kind.flatMap(unitsOfPart)
    for (const [id, wanted] of divide(units, able, holderOf, load)) {
      load.set(id, (load.get(id) ?? 0) + wanted.length)
      for (const unit of wanted) {
        const holder = holderOf.get(keyOf(unit))
        // Its holder lets it go first.
        if (holder === undefined || holder === id) given.get(id)?.push(unit)
        else waiting.push({ part: keyOf(unit), why: movesFrom(hostOf(all, holder), hostOf(all, id)) })
      }
    }
  }
  return { members: all.map((one) => decidedOf(one, given.get(one.id) ?? [], otherFile(one, file, members))), waiting }
}

const hostOf = (all: readonly ToldMember[], id: string): string => {
  const one = all.find((member) => member.id === id)
  return `${one?.host} (process ${one?.pid})`
}

function decidedOf(
  { id, host, pid, version, since }: ToldMember,
  units: readonly Unit[],
  waits: string | undefined,
): DecidedMember {
  return { id, host, pid, version, since, holds: holdingOf(units), ...(waits !== undefined && { waits }) }
}

function otherFile(one: ToldMember, file: string | undefined, members: readonly MemberSays[]): string | undefined {
  if (one.file === file) return undefined
  const hosts = [...new Set(members.map(({ host }) => host))].join(', ')
  return `its pipeline file is another one than that of ${countText(members.length, 'process')} (${hosts}); it takes over when they have ended`
}

/** The pipeline of those that hold the most; before anybody holds something, that of the most. */
function prevailing(members: readonly MemberSays[]): string | undefined {
  const ranked = [...Map.groupBy(members, ({ file }) => file)].map(([file, of]) => {
    return { file, held: of.reduce((sum, { holds }) => sum + unitsOf(holds).length, 0), count: of.length }
  })
  ranked.sort((a, b) => b.held - a.held || b.count - a.count || (a.file < b.file ? -1 : 1))
  return ranked[0]?.file
}

/** Parts that are divided together: those of one host, and what all may have by kind. */
function kindsIn(parts: readonly SharedPart[]): readonly (readonly SharedPart[])[] {
  const kindOf = ({ name, on, partitions }: SharedPart): string => {
    if (on !== undefined) return `on ${on}`
    return partitions === undefined ? (name.split(' ')[0] ?? name) : name
  }
  return [...Map.groupBy(parts, kindOf).values()]
}

/** Divides units evenly; each of the able keeps what it holds, up to its share. */
function divide(
  units: readonly Unit[],
  able: readonly ToldMember[],
  holderOf: ReadonlyMap<string, string>,
  load: ReadonlyMap<string, number>,
): ReadonlyMap<string, readonly Unit[]> {
  const heldBy = (id: string) => units.filter((unit) => holderOf.get(keyOf(unit)) === id)
  const least = Math.floor(units.length / able.length)
  // The odd ones stay with those that hold more than the others; else they go where there is the least so far.
  const ranked = able
    .map(({ id }) => ({ id, held: heldBy(id), before: load.get(id) ?? 0 }))
    .sort((a, b) => b.held.length - a.held.length || a.before - b.before)
  const shares = ranked.map(({ id, held }, rank) => {
    const quota = least + (rank < units.length % able.length ? 1 : 0)
    return { id, quota, kept: held.slice(0, quota) }
  })
  const taken = new Set(shares.flatMap(({ kept }) => kept.map(keyOf)))
  const left = units.filter((unit) => !taken.has(keyOf(unit)))
  return new Map(shares.map(({ id, quota, kept }) => [id, [...kept, ...left.splice(0, quota - kept.length)]] as const))
}

const unitsOfPart = ({ name, partitions }: SharedPart): readonly Unit[] =>
  partitions === undefined
    ? [{ part: name, partition: undefined }]
    : Array.from({ length: partitions }, (_, partition) => ({ part: name, partition }))

/** What is held, one by one. */
function unitsOf(holding: Holding): readonly Unit[] {
  return Object.entries(holding).flatMap(([part, of]): readonly Unit[] =>
    of === true ? [{ part, partition: undefined }] : of.map((partition) => ({ part, partition })),
  )
}

function holdingOf(units: readonly Unit[]): Holding {
  const found = [...Map.groupBy(units, ({ part }) => part)].map(([part, of]) => {
    const partitions = of.flatMap(({ partition }) => partition ?? []).sort((a, b) => a - b)
    return [part, partitions.length === 0 ? true : partitions] as const
  })
  return Object.fromEntries(found)
}

/** What both have, or what either has. */
export function joinHoldings(one: Holding, other: Holding, how: 'both' | 'either'): Holding {
  const mine = unitsOf(one)
  const keys = new Set(unitsOf(other).map(keyOf))
  const shared = mine.filter((unit) => keys.has(keyOf(unit)))
  if (how === 'both') return holdingOf(shared)
  const own = new Set(mine.map(keyOf))
  return holdingOf([...mine, ...unitsOf(other).filter((unit) => !own.has(keyOf(unit)))])
}

/** What the first has and the second has not. */
export function withoutHolding(one: Holding, other: Holding): Holding {
  const keys = new Set(unitsOf(other).map(keyOf))
  return holdingOf(unitsOf(one).filter((unit) => !keys.has(keyOf(unit))))
}

/** In words: `queries, source polls, sink rows (partitions 0, 2)`. */
export const holdingText = (holding: Holding): string =>
  Object.entries(holding)
    .map(([part, of]) =>
      of === true ? part : `${part} (${of.length === 1 ? 'partition' : 'partitions'} ${of.join(', ')})`,
    )
    .join(', ')
