/**
 * What the pipeline is: its parts and what flows between them. Asked for when the first status comes, and again when a reload or a
 * new start may have changed it.
 */
import type { GraphPart, PipelineGraph } from '../../src/server/api/pipeline.ts'
import type { PipelineStatus } from '../../src/server/api/status.ts'
import { showTimesIn } from '../part/format.ts'
import { type ApiError, get } from './client.ts'
import { live } from './status.ts'
import { createStore, type Store, useStore } from './store.ts'

export type { GraphPart, PipelineGraph }

export type KnownPipeline = { readonly graph: PipelineGraph | undefined; readonly error: ApiError | undefined }

const known: Store<KnownPipeline> = createStore<KnownPipeline>({ graph: undefined, error: undefined })

/** The pipeline, or why it is not known. */
export const usePipeline = (): KnownPipeline => useStore(known, (value) => value)

/** Keeps the pipeline up to date; the function that it gives ends that. */
export function followPipeline(): () => void {
  let asked = ''
  return live.listen(() => {
    const { status } = live.get()
    const now = status === undefined || status.state === 'starting' ? '' : signatureOf(status)
    if (now === asked) return
    asked = now
    if (now === '') return
    get<PipelineGraph>('/api/v1/pipeline').then(
      (graph) => {
        showTimesIn(graph.timezone)
        known.set({ graph, error: undefined })
      },
      (error: ApiError) => {
        // The next status asks again.
        asked = ''
        known.set({ ...known.get(), error })
      },
    )
  })
}

/** Another one where the parts may be others. */
function signatureOf({ process, sources, topics, queries, sinks, alerts, reports }: PipelineStatus): string {
  const names = [sources, topics, queries, sinks, alerts, reports].map((list) => list.map(({ name }) => name).join())
  return [process?.pid, process?.since, ...names].join(';')
}
