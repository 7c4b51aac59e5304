/** A link to the record that a dead letter is of. */
import type { VNode } from 'preact'
import type { ShownGroup } from '../../../src/server/api/dead.ts'
import { to } from '../../app/route.ts'
import { formatCount } from '../../part/format.ts'

type PlaceProps = { readonly topic: string; readonly title: string; readonly place: ShownGroup['first'] }

/** Without an offset, it is of no single record. */
export function PlaceLink({ topic, title, place: { partition, offset } }: PlaceProps): VNode {
  if (offset < 0) return <span>{`${title}: partition ${partition}`}</span>
  return (
    <a href={`${to('topics', topic)}?partition=${partition}&offset=${offset}`}>
      {`${title}: partition ${partition}, offset ${formatCount(offset)}`}
    </a>
  )
}
