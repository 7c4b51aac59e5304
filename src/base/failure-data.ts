/** A Failure as plain data, for another process or thread, which makes the same Failure of it. Its cause stays behind. */
import { Failure } from './failure.ts'

/** Can be JSON. It has the place, and the failures that it brings, as a file with mistakes has several. */
export type FailureData = Pick<Failure, 'code' | 'message'> &
  Partial<Pick<Failure, 'hint' | 'place' | 'retryable'>> & { readonly also?: readonly FailureData[] }

export const failureData = ({ code, message, hint, place, retryable, also }: Failure): FailureData => ({
  code,
  message,
  hint,
  place,
  ...(retryable && { retryable }),
  ...(also.length === 0 ? {} : { also: also.map(failureData) }),
})

export const failureOfData = ({ code, message, also = [], ...details }: FailureData): Failure =>
  new Failure(code, message, { ...details, also: also.map(failureOfData) })
