/** The silences that have not ended, each with a button that ends it. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { SilenceView } from '../../../src/server/api/alerts.ts'
import { remove } from '../../api/client.ts'
import { CutText } from '../../part/cut-text.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { formatDuration } from '../../part/format.ts'
import { Panel } from '../../part/page.tsx'
import { Time } from '../../part/quantity.tsx'
import { Table } from '../../part/table.tsx'
import { keyText } from './words.tsx'

type Props = { readonly silences: readonly SilenceView[]; readonly now: string }

export function Silences({ silences, now }: Props): VNode {
  const [error, setError] = useState<unknown>()
  const end = async ({ alert, id }: SilenceView): Promise<void> => {
    try {
      await remove(`/api/v1/alerts/${encodeURIComponent(alert)}/silences/${id}`)
      setError(undefined)
    } catch (failure) {
      setError(failure)
    }
  }
  return (
    <Panel title="Silences" isFlush>
      {error === undefined ? null : <ErrorNote error={error} />}
      <Table
        label="Table of silences"
        rows={silences}
        keyOf={({ id }) => id}
        empty={<span class="hint">Nothing is silenced.</span>}
        columns={[
          { key: 'alert', title: 'Alert', cell: ({ alert }) => alert, sort: ({ alert }) => alert },
          { key: 'key', title: 'Keys', cell: ({ key }) => <CutText text={keyText(key) || 'all'} /> },
          {
            key: 'until',
            title: 'Until',
            cell: ({ until }) => <Time value={until} withDay />,
            sort: ({ until }) => until,
          },
          {
            key: 'left',
            title: 'For another',
            isNumber: true,
            cell: ({ until }) => formatDuration(Math.max(0, Date.parse(until) - Date.parse(now))),
          },
          { key: 'reason', title: 'Why', cell: ({ reason }) => <CutText text={reason ?? ''} /> },
          {
            key: 'end',
            title: 'End',
            cell: (one) => (
              <button
                type="button"
                class="button"
                aria-label={`End the silence of ${one.alert} ${keyText(one.key)}`}
                onClick={() => void end(one)}
              >
                End
              </button>
            ),
          },
        ]}
      />
    </Panel>
  )
}
