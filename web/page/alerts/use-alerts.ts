/** How the alerts stand, as the server tells whenever something has changed. */
import { useState } from 'preact/hooks'
import type { AlertsView } from '../../../src/server/api/alerts.ts'
import { type LinkState, useEvents } from '../../api/events.ts'

export type LiveAlerts = {
  /** undefined before the first has come. */
  readonly view: AlertsView | undefined
  readonly link: LinkState
}

export function useAlerts(): LiveAlerts {
  const [view, setView] = useState<AlertsView>()
  const [link, setLink] = useState<LinkState>({ kind: 'connecting' })
  useEvents('/api/v1/events/alerts', {
    onEvent: ({ event, data }) => {
      if (event === 'alerts') setView(JSON.parse(data) as AlertsView)
    },
    onState: setLink,
  })
  return { view, link }
}
