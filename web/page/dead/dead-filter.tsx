/** Which dead letters are shown: of a kind, of a query or sink, with a text in their reason. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { PipelineStatus } from '../../../src/server/api/status.ts'
import { useStatus } from '../../api/status.ts'
import { ALL_KINDS, wordsOfKind } from './kinds.ts'

export type DeadChoice = {
  readonly kind?: string
  readonly query?: string
  readonly sink?: string
  readonly group?: string
  readonly reason?: string
}

const NAMES = ['kind', 'query', 'sink', 'reason'] as const

export const deadChoiceOf = (query: URLSearchParams): DeadChoice =>
  Object.fromEntries(NAMES.flatMap((name) => (query.get(name) ? [[name, query.get(name)]] : [])))

/** For the address, and for the API. */
export const deadAddressOf = (choice: DeadChoice): URLSearchParams =>
  new URLSearchParams(Object.entries(choice).filter(([, value]) => value !== ''))

type Props = { readonly choice: DeadChoice; onChoose(choice: DeadChoice): void }

/** Queries and sinks as the values of one list. */
const partsOf = ({ queries, sinks }: PipelineStatus): string =>
  [...queries.map(({ name }) => `query ${name}`), ...sinks.map(({ name }) => `sink ${name}`)].join('\n')

export function DeadFilter({ choice, onChoose }: Props): VNode {
  const parts = useStatus(partsOf) ?? ''
  const [reason, setReason] = useState(choice.reason ?? '')
  const part =
    choice.query !== undefined ? `query ${choice.query}` : choice.sink === undefined ? '' : `sink ${choice.sink}`
  const { query: _, sink: __, ...withoutPart } = choice
  const choosePart = (value: string): void => {
    const [, kind, name = ''] = /^(query|sink) (.*)$/.exec(value) ?? []
    onChoose(kind === undefined ? withoutPart : { ...withoutPart, [kind]: name })
  }
  const send = (event: Event): void => {
    event.preventDefault()
    onChoose({ ...choice, reason })
  }
  return (
    <form class="dead-filter" aria-label="Which dead letters" onSubmit={send}>
      <label class="field">
        <span>Kind</span>
        <select
          value={choice.kind ?? ''}
          onChange={({ currentTarget }) => onChoose({ ...choice, kind: currentTarget.value })}
        >
          <option value="">all</option>
          {ALL_KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {wordsOfKind(kind).title}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>Query or sink</span>
        <select value={part} onChange={({ currentTarget }) => choosePart(currentTarget.value)}>
          <option value="">all</option>
          {parts
            .split('\n')
            .filter((one) => one !== '')
            .map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
        </select>
      </label>
      <label class="field">
        <span>Text in the reason</span>
        <input type="search" value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} />
      </label>
      <button type="submit" class="button">
        Filter
      </button>
    </form>
  )
}
