/** Asks before records are sent again, says what happens then, and afterwards what has happened. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { SendAgain, SentChosen, ShownGroup } from '../../../src/server/api/dead.ts'
import { post } from '../../api/client.ts'
import { Dialog } from '../../part/dialog.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { formatCount, plural } from '../../part/format.ts'

export type ToSend = { readonly groups: readonly ShownGroup[]; readonly choice: SendAgain }

type Props = { readonly topic: string; readonly toSend: ToSend; onClose(): void; onSent(): void }

type Work = { readonly isSending: boolean; readonly sent?: SentChosen; readonly error?: unknown }

export function SendAgainDialog({ topic, toSend: { groups, choice }, onClose, onSent }: Props): VNode {
  const [{ isSending, sent, error }, setWork] = useState<Work>({ isSending: false })
  const some = groups.filter(({ canSend }) => canSend)
  const count = some.reduce((sum, group) => sum + group.count - group.sentAgain, 0)
  const send = async (): Promise<void> => {
    setWork({ isSending: true })
    try {
      const answer = await post<SentChosen>(`/api/v1/topics/${encodeURIComponent(topic)}/dead/send-again`, choice)
      setWork({ isSending: false, sent: answer })
    } catch (failure) {
      setWork({ isSending: false, error: failure })
    }
    onSent()
  }
  const isDone = sent !== undefined
  return (
    <Dialog
      title={isDone ? 'Sent again' : `Send ${plural(count, 'record')} again?`}
      onClose={onClose}
      actions={
        <>
          <button type="button" class="button" onClick={onClose}>
            {isDone ? 'Close' : 'Cancel'}
          </button>
          {isDone ? null : (
            <button type="button" class="button is-primary" disabled={isSending || count === 0} onClick={send}>
              {isSending ? 'Sending…' : 'Send again'}
            </button>
          )}
        </>
      }
    >
      <div class="dead-dialog">
        {error === undefined ? null : <ErrorNote error={error} />}
        {isDone ? (
          <Result topic={topic} sent={sent} />
        ) : (
          <Consequences topic={topic} hasOthers={some.length < groups.length} />
        )}
      </div>
    </Dialog>
  )
}

function Consequences({ topic, hasOthers }: { readonly topic: string; readonly hasOthers: boolean }): VNode {
  return (
    <>
      <p>
        {`Each record is appended to topic ${topic} once more, to its own partition, with the time of now as its arrival. All queries and sinks get it as a new record.`}
      </p>
      <ul class="dead-list">
        <li>
          Mend the format or the rule in the pipeline file first, and reload it: what still cannot be read becomes a
          dead letter again.
        </li>
        <li>A record that was sent before is not sent twice.</li>
        <li>A record whose windows have closed meanwhile is late.</li>
        {hasOthers ? (
          <li>
            Late rows, failed expressions and what sinks refused are not sent: their records are in the topic already.
          </li>
        ) : null}
      </ul>
    </>
  )
}

function Result({
  topic,
  sent: { sent, earlier, gone, used, refused },
}: {
  readonly topic: string
  readonly sent: SentChosen
}): VNode {
  return (
    <div role="status">
      <p>
        <strong>{`${plural(sent, 'record')} sent again to ${topic}.`}</strong>
      </p>
      <ul class="dead-list">
        {earlier === 0 ? null : <li>{`${formatCount(earlier)} were sent before.`}</li>}
        {gone === 0 ? null : <li>{`${formatCount(gone)} are not kept any more.`}</li>}
        {used === 0 ? null : <li>{`${formatCount(used)} are late or failed in a query, and are not sent.`}</li>}
        {refused === 0 ? null : <li>{`${formatCount(refused)} were refused by a sink, and are not sent.`}</li>}
      </ul>
    </div>
  )
}
