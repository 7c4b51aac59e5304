/** What a decision changes, said in one line each: processes that come and go, and parts that wait. */
import { type Decided, type DecidedMember, waitsForHost } from './told.ts'

type Saying = { readonly id: string; note(message: string): void; warn(message: string): void }

const nameOf = ({ host, pid }: DecidedMember): string => `host ${host} (process ${pid})`

/** Says what differs between two decisions; `id` is this process. */
export function sayNews(before: Decided, next: Decided, { id, note, warn }: Saying): void {
  const known = new Set(before.members.map((one) => one.id))
  const now = new Set(next.members.map((one) => one.id))
  for (const one of next.members) if (!known.has(one.id) && one.id !== id) note(`${nameOf(one)} shares the pipeline`)
  for (const one of before.members) if (!now.has(one.id)) note(`${nameOf(one)} has gone`)
  const waits = next.members.find((one) => one.id === id)?.waits
  if (waits !== undefined && waits !== before.members.find((one) => one.id === id)?.waits) {
    warn(`this process waits: ${waits}`)
  }
  const waited = new Set(before.waiting.map(({ part, why }) => `${part} ${why}`))
  for (const one of next.waiting.filter(waitsForHost)) {
    const { part, why } = one
    if (!waited.has(`${part} ${why}`)) warn(`${part} waits: ${why}`)
  }
}
