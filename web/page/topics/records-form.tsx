/** Where records are shown from, of which partition, and which. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { RecordChoice, Start } from './record-start.ts'

type Props = {
  readonly choice: RecordChoice
  readonly partitions: number
  onChoose(choice: RecordChoice): void
}

const STARTS: Readonly<Record<Start, string>> = {
  newest: 'the newest back',
  earliest: 'the first on',
  offset: 'an offset on',
  time: 'a time on',
}

export function RecordsForm({ choice, partitions, onChoose }: Props): VNode {
  const [draft, setDraft] = useState(choice)
  const change = (part: Partial<RecordChoice>): void => setDraft({ ...draft, ...part })
  const send = (event: Event): void => {
    event.preventDefault()
    onChoose(draft)
  }
  return (
    <form class="records-form" onSubmit={send} aria-label="Which records">
      <label class="field">
        <span>Partition</span>
        <select
          value={draft.partition ?? ''}
          onChange={({ currentTarget: { value } }) => change({ partition: value === '' ? null : Number(value) })}
        >
          <option value="">all</option>
          {Array.from({ length: partitions }, (_, partition) => (
            <option key={partition} value={partition}>
              {partition}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>From</span>
        <select value={draft.start} onChange={({ currentTarget }) => change({ start: currentTarget.value as Start })}>
          {Object.entries(STARTS).map(([start, text]) => (
            <option key={start} value={start}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <StartField draft={draft} onChange={change} />
      <label class="field">
        <span>With the text</span>
        <input
          type="search"
          class="records-search"
          maxLength={500}
          value={draft.search}
          onInput={({ currentTarget }) => change({ search: currentTarget.value })}
        />
      </label>
      <button type="submit" class="button is-primary">
        Show
      </button>
    </form>
  )
}

type StartProps = { readonly draft: RecordChoice; onChange(part: Partial<RecordChoice>): void }

/** The offset or the time to begin at, where one is needed. */
function StartField({ draft: { start, offset, time }, onChange }: StartProps): VNode | null {
  if (start === 'offset') {
    return (
      <label class="field">
        <span>Offset</span>
        <input
          inputMode="numeric"
          pattern="[0-9]{1,15}"
          required
          value={offset}
          onInput={({ currentTarget }) => onChange({ offset: currentTarget.value })}
        />
      </label>
    )
  }
  if (start !== 'time') return null
  return (
    <label class="field">
      <span>Arrived at or after</span>
      <input
        type="datetime-local"
        step="1"
        required
        value={time}
        onInput={({ currentTarget }) => onChange({ time: currentTarget.value })}
      />
    </label>
  )
}
