/** Which records are asked for, as the address of the page has it, and as the API is asked for them. */

export type Start = 'newest' | 'earliest' | 'offset' | 'time'

export type RecordChoice = {
  /** null: all of them. */
  readonly partition: number | null
  readonly start: Start
  readonly offset: string
  /** As an input of type datetime-local has it, in the time zone of the browser. */
  readonly time: string
  readonly search: string
}

const STARTS: readonly string[] = ['newest', 'earliest', 'offset', 'time']

export function choiceOf(query: URLSearchParams): RecordChoice {
  const start = query.get('start') ?? (query.has('offset') ? 'offset' : query.has('time') ? 'time' : 'newest')
  const partition = query.get('partition')
  return {
    partition: partition !== null && /^\d+$/.test(partition) ? Number(partition) : null,
    start: (STARTS.includes(start) ? start : 'newest') as Start,
    offset: query.get('offset') ?? '',
    time: query.get('time') ?? '',
    search: query.get('search') ?? '',
  }
}

/** For the address: without what is as it is anyway. */
export function addressOf({ partition, start, offset, time, search }: RecordChoice): URLSearchParams {
  const query = new URLSearchParams()
  if (partition !== null) query.set('partition', String(partition))
  if (start !== 'newest') query.set('start', start)
  if (start === 'offset') query.set('offset', offset)
  if (start === 'time') query.set('time', time)
  if (search !== '') query.set('search', search)
  return query
}

/** What the API takes. A start that is not filled in yet is the newest. */
export function askedOf({ partition, start, offset, time, search }: RecordChoice): URLSearchParams {
  const query = new URLSearchParams()
  if (partition !== null) query.set('partition', String(partition))
  if (search !== '') query.set('search', search)
  if (start === 'earliest') query.set('from', 'earliest')
  if (start === 'offset' && /^\d{1,15}$/.test(offset)) query.set('offset', offset)
  const at = new Date(time)
  if (start === 'time' && !Number.isNaN(at.getTime())) query.set('time', at.toISOString())
  return query
}
