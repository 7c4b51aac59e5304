/** Says that the numbers are old: the pipeline has stopped, or the server cannot be reached. */
import type { VNode } from 'preact'
import { type Live, live } from '../api/status.ts'
import { useStore } from '../api/store.ts'
import { formatTime } from '../part/format.ts'

export function LinkBanner(): VNode {
  const text = useStore(live, textOf)
  return (
    <div role="status" class="banner-place">
      {text === undefined ? null : <p class="banner">{text}</p>}
    </div>
  )
}

function textOf({ status, link }: Live): string | undefined {
  const since = status === undefined ? '' : ` What you see is of ${formatTime(status.at)}.`
  if (link.kind === 'open' || link.kind === 'connecting')
    return status?.state === 'stopping' ? 'The pipeline is stopping.' : undefined
  if (link.kind === 'refused') return `The server refuses to tell the status: ${link.text}.${since} Trying again…`
  if (status?.state === 'stopping') return `The pipeline has stopped.${since} Waiting for it to start again…`
  return `The server does not answer: tailrace is stopped, or cannot be reached.${since} Reconnecting…`
}
