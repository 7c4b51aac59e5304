/** A record in full: its place and time, its key, its headers, its bytes, and the row that it is or why it is none. */
import type { ComponentChildren, VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { RecordsPage, ShownBytes, ShownRecord } from '../../../src/server/api/topics.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { bytesOf, hexDump, prettyJson } from '../../part/bytes.ts'
import { BytesText } from '../../part/bytes-text.tsx'
import { Dialog } from '../../part/dialog.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { escapeHidden } from '../../part/escape-hidden.ts'
import { formatCount, formatTime } from '../../part/format.ts'
import { plainText } from '../../rows/value.tsx'

type Props = { readonly topic: string; readonly record: ShownRecord; onClose(): void }

/** The most bytes of a value that the server shows. */
const MOST_BYTES = 1 << 20

export function RecordDialog({ topic, record, onClose }: Props): VNode {
  const { partition, offset, timestamp, timestampType } = record
  const isCut = [record.key, record.value].some((one) => one !== null && isPart(one))
  const query = new URLSearchParams({
    partition: `${partition}`,
    offset: `${offset}`,
    limit: '1',
    valueBytes: `${MOST_BYTES}`,
  })
  const whole = useAnswer<RecordsPage>(isCut ? `/api/v1/topics/${encodeURIComponent(topic)}/records?${query}` : null)
  const [found] = whole.value?.items ?? []
  const { key, value, headers, row, noRow } = found?.offset === offset ? found : record
  return (
    <Dialog title={`${topic}, partition ${partition}, offset ${formatCount(offset)}`} place="side" onClose={onClose}>
      <dl class="facts">
        <dt>{timestampType === 'create' ? 'Created' : 'Arrived'}</dt>
        <dd>{`${formatTime(timestamp, { withDay: true, withMillis: true })} (${timestamp})`}</dd>
        {headers.map(({ name, value: header }, index) => [
          <dt key={`name ${index}`}>{`Header ${name}`}</dt>,
          <dd key={`value ${index}`}>
            {header === null ? <span class="null">NULL</span> : <BytesText bytes={header} />}
          </dd>,
        ])}
      </dl>
      {whole.error === undefined ? null : <ErrorNote error={whole.error} onRetry={whole.reload} />}
      {key === null ? null : <BytesPart title="Key" bytes={key} />}
      {value === null ? (
        <Part title="Value">
          <p>
            <span class="null">NULL</span>: it deletes the row of its key.
          </p>
        </Part>
      ) : (
        <BytesPart title="Value" bytes={value} mark={noRow?.byte ?? undefined} />
      )}
      {noRow === null ? null : (
        <Part title="It is no row">
          <p>{noRow.byte === null ? noRow.reason : `${noRow.reason}, at byte ${formatCount(noRow.byte)}`}</p>
        </Part>
      )}
      {row === null ? null : (
        <Part title="Row">
          <dl class="facts">
            {Object.entries(row).map(([name, cell]) => [
              <dt key={`name ${name}`}>{name}</dt>,
              <dd key={`value ${name}`}>
                {cell === null ? <span class="null">NULL</span> : escapeHidden(plainText(cell), true)}
              </dd>,
            ])}
          </dl>
        </Part>
      )}
    </Dialog>
  )
}

const isPart = ({ text, encoding, bytes }: ShownBytes): boolean => bytesOf({ text, encoding }).length < bytes

type PartProps = { readonly title: string; readonly aside?: ComponentChildren; readonly children: ComponentChildren }

const Part = ({ title, aside, children }: PartProps): VNode => (
  <section class="record-part" aria-label={title}>
    <div class="record-part-head">
      <h3>{title}</h3>
      {aside}
    </div>
    {children}
  </section>
)

type BytesPartProps = { readonly title: string; readonly bytes: ShownBytes; readonly mark?: number | undefined }
type Form = 'text' | 'json' | 'hex'
const FORMS: Readonly<Record<Form, string>> = { text: 'Text', json: 'JSON', hex: 'Hex' }

/** Bytes as text, as JSON with line breaks where they are JSON, and as numbers. What is binary is shown as numbers at first. */
function BytesPart({ title, bytes, mark }: BytesPartProps): VNode {
  const json = bytes.encoding === 'utf8' && mark === undefined ? prettyJson(bytes.text) : undefined
  const [chosen, setForm] = useState<Form | undefined>()
  const form =
    chosen ?? (json !== undefined ? 'json' : bytes.encoding === 'base64' && mark === undefined ? 'hex' : 'text')
  const forms: readonly Form[] = json === undefined ? ['text', 'hex'] : ['json', 'text', 'hex']
  const aside = (
    <span class="record-part-forms">
      <span class="muted">{`${formatCount(bytes.bytes)} bytes `}</span>
      {forms.map((one) => (
        <button key={one} type="button" class="button" aria-pressed={one === form} onClick={() => setForm(one)}>
          {FORMS[one]}
        </button>
      ))}
    </span>
  )
  return (
    <Part title={title} aside={aside}>
      <section
        class={form === 'hex' ? 'record-bytes is-dump' : 'record-bytes'}
        // What scrolls has to be reached by the keyboard.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: as above
        tabIndex={0}
        aria-label={`${title}, ${FORMS[form]}`}
      >
        <pre>
          {form === 'hex' ? (
            hexDump(bytesOf(bytes), bytes.start)
          ) : form === 'json' && json !== undefined ? (
            escapeHidden(json, true)
          ) : (
            <BytesText bytes={bytes} mark={mark} keepsLines />
          )}
        </pre>
      </section>
    </Part>
  )
}
