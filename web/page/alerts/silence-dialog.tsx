/** Asks for how long nobody shall hear of an alert, or of one of its keys, and why. */
import type { VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import type { SilenceWish } from '../../../src/server/api/alerts.ts'
import { post } from '../../api/client.ts'
import { tomorrowIn } from '../../part/day.ts'
import { Dialog } from '../../part/dialog.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { plainText } from '../../rows/value.tsx'
import { keyText } from './words.tsx'

type Props = {
  readonly alert: string
  /** Of the key that it is asked for; undefined: of the whole alert. */
  readonly of?: { readonly [column: string]: unknown } | undefined
  /** The zone of the pipeline. */
  readonly timezone: string
  onClose(): void
}

type Span = '1h' | '4h' | '1d' | 'morning' | 'until'

const MORNING = '08:00'
const MOST_REASON = 500

export function SilenceDialog({ alert, of: key = {}, timezone, onClose }: Props): VNode {
  const hasKey = Object.keys(key).length > 0
  const [isWhole, setWhole] = useState(!hasKey)
  const [span, setSpan] = useState<Span>('4h')
  const [until, setUntil] = useState('')
  const [reason, setReason] = useState('')
  const [error, setError] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const form = useId()
  const silence = async (event: Event): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    try {
      const time = timeOf(span, until, timezone)
      const values = Object.fromEntries(Object.entries(key).map(([column, value]) => [column, plainText(value)]))
      const wish: SilenceWish = { ...time, key: isWhole ? {} : values, ...(reason === '' ? {} : { reason }) }
      await post(`/api/v1/alerts/${encodeURIComponent(alert)}/silences`, wish)
      onClose()
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  return (
    <Dialog
      title={`Silence ${alert}`}
      onClose={onClose}
      actions={
        <>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" form={form} class="button is-primary" disabled={isBusy}>
            Silence
          </button>
        </>
      }
    >
      <form id={form} class="silence-form" onSubmit={(event) => void silence(event)}>
        {hasKey ? <WhatChoice alert={alert} of={key} isWhole={isWhole} onChoose={setWhole} /> : null}
        <SpanChoice timezone={timezone} span={span} until={until} onSpan={setSpan} onUntil={setUntil} />
        <label class="field">
          <span>Why (others see it)</span>
          <input
            type="text"
            maxLength={MOST_REASON}
            value={reason}
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
          />
        </label>
        <p class="hint">What fires meanwhile is kept in the history. What still fires at the end is told then.</p>
        {error === undefined ? null : <ErrorNote error={error} />}
      </form>
    </Dialog>
  )
}

type WhatProps = Pick<Props, 'alert'> & {
  readonly of: { readonly [column: string]: unknown }
  readonly isWhole: boolean
  onChoose(isWhole: boolean): void
}

const WhatChoice = ({ alert, of, isWhole, onChoose }: WhatProps): VNode => (
  <fieldset>
    <legend>What</legend>
    <Choice name="what" isOn={!isWhole} onChoose={() => onChoose(false)}>
      {`only ${keyText(of)}`}
    </Choice>
    <Choice name="what" isOn={isWhole} onChoose={() => onChoose(true)}>
      {`all of ${alert}`}
    </Choice>
  </fieldset>
)

type SpanProps = Pick<Props, 'timezone'> & {
  readonly span: Span
  readonly until: string
  onSpan(span: Span): void
  onUntil(until: string): void
}

function SpanChoice({ timezone, span, until, onSpan, onUntil }: SpanProps): VNode {
  const spans: readonly (readonly [Span, string])[] = [
    ['1h', '1 hour'],
    ['4h', '4 hours'],
    ['1d', '1 day'],
    ['morning', `until tomorrow, ${MORNING} (${timezone})`],
    ['until', `until a time (${timezone})`],
  ]
  return (
    <fieldset>
      <legend>For how long</legend>
      {spans.map(([value, title]) => (
        <Choice key={value} name="span" isOn={span === value} onChoose={() => onSpan(value)}>
          {title}
        </Choice>
      ))}
      {span === 'until' ? (
        <input
          type="datetime-local"
          aria-label={`Until, in ${timezone}`}
          required
          value={until}
          onInput={({ currentTarget }) => onUntil(currentTarget.value)}
        />
      ) : null}
    </fieldset>
  )
}

function timeOf(span: Span, until: string, timezone: string): SilenceWish {
  if (span === 'until') return { until: until.replace('T', ' ') }
  if (span === 'morning') return { until: `${tomorrowIn(timezone, Date.now())} ${MORNING}` }
  return { for: span }
}

type ChoiceProps = {
  readonly name: string
  readonly isOn: boolean
  onChoose(): void
  readonly children: string
}

const Choice = ({ name, isOn, onChoose, children }: ChoiceProps): VNode => (
  <label class="choice">
    <input type="radio" name={name} checked={isOn} onChange={onChoose} />
    <span>{children}</span>
  </label>
)
