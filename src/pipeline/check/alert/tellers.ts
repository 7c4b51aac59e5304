/** The notifiers of an alert, each a sink of its rows: so each goes at its own pace, and holds back nobody else. */

import { notifiers } from '../../../alert/all.ts'
import { tellerName } from '../../../alert/names.ts'
import type { KeyColumns } from '../../../alert/notification.ts'
import { tellingType } from '../../../alert/telling.ts'
import { batchLimitsOf } from '../../../sink/delivery/batch-limits.ts'
import type { CheckedSink, CheckedTopic } from '../../checked.ts'
import type { PlainAlert } from '../../definition.ts'
import type { Path } from '../../file/yaml-tree.ts'
import type { Checking } from '../checking.ts'
import { sinkRows } from '../sinks.ts'
import { asWritten } from './as-written.ts'

type Told = {
  readonly name: string
  readonly entry: PlainAlert
  readonly key: KeyColumns
  readonly topic: CheckedTopic
  readonly rowKey: readonly number[]
}

/** The sinks that tell people. Mistakes in the options of notifiers are among the failures. */
export function checkTellers({ name, entry, key, topic, rowKey }: Told, checking: Checking): readonly CheckedSink[] {
  const { file, text, failures, written } = checking
  const columns = topic.fields.map((field) => field.name)
  const seen = new Map<string, number>()
  const keys = { rowKey, rowKeyParts: rowKey.map((column) => [column]) }
  return entry.notify.map((one, index) => {
    const notifier = notifiers.of(one)
    const options = one[notifier.name]
    const number = (seen.get(notifier.name) ?? 0) + 1
    seen.set(notifier.name, number)
    const label = number === 1 ? notifier.name : `${notifier.name}${number}`
    const at: Path = ['alerts', name, 'notify', index, notifier.name]
    for (const { path, failure } of notifier.check?.(options, columns) ?? []) {
      failures.push(text.sqlFailure(asWritten(written, [...at, ...path]), failure))
    }
    const telling = { alert: name, severity: entry.severity, notifier, label, maxAgeMs: entry.max_age, key }
    const type = tellingType(telling)
    return {
      name: tellerName(name, label),
      type,
      options,
      from: name,
      limits: batchLimitsOf(type),
      group: `${file.name}.alert.${name}.${label}`,
      rows: sinkRows(topic, keys, checking),
      telling,
    }
  })
}
