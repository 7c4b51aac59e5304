/**
 * An alert by its definition: each key by itself, instant by instant, with no list of what is due. The engine is compared
 * with it on random rows.
 */
import type { EventTime } from '../../base/quantity.ts'
import type { AlertState } from '../../sql/plan/alert-words.ts'

/** `at`: when it counts. `v` is the value that the conditions are about; NULL is neither in trouble nor out of it. */
export type NaiveRow = { readonly at: EventTime; readonly k: string; readonly v: number | null }

export type NaiveRule = {
  readonly absentMs?: number
  readonly forMs: number
  readonly quietMs: number | undefined
  readonly remindMs: number | undefined
  readonly hasClear: boolean
}

/** In trouble from 7 on; with hysteresis, out of it below 4. A value below 0 says nothing. */
export const CONDITIONS = { when: 'v >= 7', clear: 'v < 4', enough: 'v IS NULL OR v >= 0' } as const

export type Said = {
  readonly state: AlertState
  readonly k: string
  readonly v: number | null
  readonly since: EventTime
  readonly at: EventTime
}

type Key = {
  phase: 'none' | 'pending' | 'watched' | 'firing'
  since: number
  fired: number
  last: number
  v: number | null
}

/** What an alert says of rows in their order, up to an instant. All times are integers. */
export function naiveAlert(rule: NaiveRule, rows: readonly NaiveRow[], until: EventTime): Said[] {
  const said: Said[] = []
  const keys = new Map<string, Key>()
  const say = (state: AlertState, k: string, { since, v }: Key, at: EventTime) => said.push({ state, k, v, since, at })
  const start = rows.length === 0 ? until + 1 : Math.min(...rows.map(({ at }) => at))
  for (let now = start; now <= until; now++) {
    for (const row of rows.filter(({ at }) => at === now)) {
      const key = keys.get(row.k) ?? { phase: 'none', since: 0, fired: 0, last: 0, v: null }
      keys.set(row.k, key)
      judge(rule, row, key, (state) => say(state, row.k, key, now))
    }
    for (const k of [...keys.keys()].sort()) {
      const key = keys.get(k) as Key
      wait(rule, now, key, (state) => say(state, k, key, now))
    }
  }
  return said
}

function judge(rule: NaiveRule, { at, v }: NaiveRow, key: Key, say: (state: AlertState) => void): void {
  if (rule.absentMs !== undefined) {
    key.v = v
    if (key.phase === 'firing') say('resolved')
    Object.assign(key, { phase: 'watched', since: at, last: at })
    return
  }
  if (v !== null && v < 0) return
  const isTrouble = v !== null && v >= 7
  if (key.phase === 'none' && !isTrouble) return
  Object.assign(key, { v, last: at })
  if (key.phase === 'firing') {
    const isClear = rule.hasClear ? v !== null && v < 4 : !isTrouble
    if (!isClear) return
    say('resolved')
    key.phase = 'none'
    return
  }
  if (!isTrouble) {
    key.phase = 'none'
    return
  }
  if (key.phase === 'none') Object.assign(key, { phase: 'pending', since: at })
  if (at - key.since >= rule.forMs) fire(key, at, say)
}

function wait(rule: NaiveRule, now: EventTime, key: Key, say: (state: AlertState) => void): void {
  if (key.phase === 'none') return
  const { absentMs, quietMs = Infinity, forMs, remindMs = Infinity } = rule
  if (absentMs === undefined && now >= key.last + quietMs) {
    if (key.phase === 'firing') say('resolved')
    key.phase = 'none'
  } else if (key.phase === 'firing') {
    if (now > key.fired && (now - key.fired) % remindMs === 0) say('reminder')
  } else if (now >= key.since + (absentMs ?? forMs)) fire(key, now, say)
}

function fire(key: Key, now: EventTime, say: (state: AlertState) => void): void {
  Object.assign(key, { phase: 'firing', fired: now })
  say('firing')
}
