/**
 * What has to hold where several processes share a pipeline: a bus that all of them reach, and for each part that belongs to
 * one machine, the host that it runs on.
 */
import type { CheckedSink, CheckedSource } from '../checked.ts'
import { chosenBus } from './bus.ts'
import type { Checking } from './checking.ts'
import { chosenEngine } from './engine.ts'

/** Mistakes are among the failures. */
export function checkShare(
  sources: readonly CheckedSource[],
  sinks: readonly CheckedSink[],
  { file, text, failures, warnings }: Checking,
): void {
  const parts = [
    ...sources.map((source) => ['sources', 'source', source] as const),
    ...sinks.map((sink) => ['sinks', 'sink', sink] as const),
  ]
  if (file.share === false) {
    for (const [section, kind, { name, on }] of parts) {
      if (on === undefined) continue
      const message = `${kind} "${name}" is on ${on}, and one process runs the whole pipeline`
      const hint = 'Write share: true, and several processes share its parts.'
      warnings.push(text.failure([section, name, 'on'], message, { at: 'key', hint }))
    }
    return
  }
  const { type } = chosenBus(file)
  if (!type.isShared) {
    const message = `several processes cannot share a pipeline on bus ${type.name}, which belongs to one data folder`
    const hint = 'Write bus: kafka://HOST:9092, or leave share out.'
    failures.push(text.failure(['share'], message, { hint }))
    return
  }
  if (chosenEngine(file).kind === 'flink') {
    const message = 'several processes cannot share a pipeline whose queries run on Apache Flink'
    const hint =
      'Leave share out: one process follows the jobs, and Flink itself goes on where a machine of its own fails.'
    failures.push(text.failure(['share'], message, { hint }))
    return
  }
  for (const [section, kind, { name, on, type, options }] of parts) {
    const reason = type.oneHost?.(options)
    if (reason === undefined || on !== undefined) continue
    const message = `${kind} "${name}" ${reason}, so it has to say on which host it runs`
    const hint = `Write in ${section}.${name}: on: HOST, as \`tailrace run --host\` calls it; by default that is what \`hostname\` says.`
    failures.push(text.failure([section, name, type.name], message, { at: 'key', hint }))
  }
}
