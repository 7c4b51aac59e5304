/** What `check` says of the options of a sink, over the rows of the contract. */
import { FIELDS } from '../../../test/contract/made-deliveries.ts'
import { describeFailure } from '../../base/failure.ts'
import type { SinkRows, SinkType } from '../sink.ts'

const ROWS: SinkRows = {
  pipeline: 'p',
  from: 't',
  topic: 't',
  partitions: 1,
  fields: FIELDS,
  rowtime: undefined,
  rowKey: undefined,
  rowKeyParts: undefined,
  timezone: 'UTC',
}

/** Each mistake as `OPTION: MESSAGE`, or `OPTION: warning: MESSAGE`. `rows`: what is other than in the contract. */
export function mistakesOf(
  { check, options: schema }: SinkType,
  options: object,
  rows: Partial<SinkRows> = {},
): string[] {
  const found = check?.(schema.parse(options), { ...ROWS, ...rows }) ?? []
  return found.map(({ path, failure, isWarning }) => {
    const [message] = describeFailure(failure).split('\n')
    return `${path.join('.')}: ${isWarning === true ? 'warning: ' : ''}${message}`
  })
}
