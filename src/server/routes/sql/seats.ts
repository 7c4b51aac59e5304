/** The number of statements that run at once: each takes from the pipeline's own thread. */
import { RequestError } from '../../../source/request-error.ts'
import { openPlaces, type TakePlace } from '../../places.ts'

const seats = (most: number, what: string): TakePlace =>
  openPlaces(most, () => {
    const text = `${most} ${what} run already: wait for one to end, or stop it`
    return new RequestError(429, text, { 'retry-after': '5' })
  })

/** Takes a seat for a statement over history. */
export const takeHistorySeat: TakePlace = seats(2, 'statements over history')
/** Takes a seat for a live statement. */
export const takeLiveSeat: TakePlace = seats(8, 'live statements')
