/** Midnight of the day at which the logs of the tests begin. */
export const DAY: number = Date.UTC(1995, 6, 1)

export type Request = {
  readonly host?: string
  readonly method?: string
  readonly path?: string
  readonly status?: number
  readonly bytes?: number | '-'
}

/** A line of an access log in the common format, with its line feed; `at` is in epoch milliseconds. */
export function accessLine(
  at: number,
  { host = 'host', method = 'GET', path = '/a', status = 200, bytes = 10 }: Request = {},
): string {
  const [, day, month, year, time] = new Date(at).toUTCString().split(' ')
  return `${host} - - [${day}/${month}/${year}:${time} +0000] "${method} ${path} HTTP/1.0" ${status} ${bytes}\n`
}

/** `count` lines, the first at `from` and each a second later than the one before. */
export const accessLines = (count: number, from: number = DAY): string =>
  Array.from({ length: count }, (_, second) => accessLine(from + 1000 * second)).join('')
