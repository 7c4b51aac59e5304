/** How a run is a process of a shared pipeline: the changes that the group decides on are made as those of a reload are. */
import { hostname } from 'node:os'
import { Failure } from '../../base/failure.ts'
import type { Turns } from '../../base/turns.ts'
import type { Bus } from '../../bus/bus.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'
import type { Parts, Resets } from '../parts.ts'
import { changesOf, refuseChange } from '../reload.ts'
import type { Reload, RunOptions } from '../run-options.ts'
import { isoText } from '../status/clock-status.ts'
import { openShare } from './share.ts'
import type { SharedChange, SharingProcess } from './sharing.ts'

type Become = (parts: Parts, next: CheckedPipeline, reset: Resets) => Promise<void>

/** Opens the process where the pipeline is shared; undefined: it is not. Rejects with a Failure for a run that has an end. */
export async function openSharing(
  pipeline: CheckedPipeline,
  bus: Bus,
  { fail, onReload, ...options }: RunOptions & { fail(error: unknown): void; onReload(next: CheckedPipeline): void },
): Promise<SharingProcess | undefined> {
  if (pipeline.share === undefined) return undefined
  if (options.untilEnd) {
    throw new Failure('usage', '--until-end: a pipeline that several processes share has no end', {
      hint: 'Add --set share=false: then one process runs all of it.',
    })
  }
  const { control, host = hostname(), clock, note = () => undefined } = options
  const version = control?.version ?? ''
  return openShare({
    ...options,
    pipeline,
    bus,
    host,
    version,
    since: isoText(clock.now()),
    note,
    fail,
    reloaded: onReload,
  })
}

/** How the parts of a run are changed. */
export const changingOf = (parts: Parts, become: Become, turns: Turns, hasFailed: () => boolean): SharedChange => ({
  async become(pipeline, { isAnew, reset }) {
    await become(parts, pipeline, reset)
    parts.areTopicsStale = isAnew
  },
  inTurn: (work) => turns.next(work),
  settled: () => turns.close(),
  hasFailed,
})

/** Reloads a process of a shared pipeline. */
export const openSharedReload =
  (parts: Parts, share: SharingProcess, changing: SharedChange, turns: Turns): Reload =>
  (load) =>
    turns.next(async () => {
      const next = await load()
      const now = share.whole()
      if (next.share?.sessionMs !== now.share?.sessionMs) {
        throw new Failure('pipeline', 'how processes share the pipeline (`share`) cannot change while it runs', {
          hint: 'Stop every process, and start them with the new file.',
        })
      }
      await refuseChange(parts, now, next)
      if (share.isSame(next)) return []
      const changes = changesOf(parts, now, next)
      await share.reload(next, changing)
      return changes
    })
