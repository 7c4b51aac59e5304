/** Checks the sources of a pipeline file: the topics that they fill, and whether these take what they bring. */
import { changeFailure, collectFailure } from '../../base/failure.ts'
import { formatNamed } from '../../format/all.ts'
import { writerOf } from '../../format/open.ts'
import type { Field } from '../../record/type.ts'
import { sources as sourceTypes } from '../../source/all.ts'
import type { CheckedSource } from '../checked.ts'
import type { PipelineFile } from '../definition.ts'
import { formatFailure } from '../file/prepare-formats.ts'
import { type Checking, isBroken, namesIn } from './checking.ts'
import { didYouMean } from './spelled-in-file.ts'

/** The source, with what is wrong with it among the failures. */
export function checkSource(
  name: string,
  { to, on, ...kinds }: PipelineFile['sources'][string],
  checking: Checking,
): CheckedSource {
  const { file, text, failures } = checking
  if (!Object.hasOwn(file.topics, to) && !isBroken(checking, to)) {
    const hint = didYouMean(to, namesIn(checking, ['topics']))
    failures.push(text.failure(['sources', name, 'to'], `there is no topic "${to}"`, { hint }))
  }
  const type = sourceTypes.of(kinds)
  const options = kinds[type.name]
  return { name, on, type, options, to, writer: writerFor({ name, type, options, to }, checking) }
}

/** Refuses rows for a topic whose format is only read, and lines for one whose records are no lines. */
function writerFor(
  { name, type, options, to }: Omit<CheckedSource, 'writer'>,
  checking: Checking,
): CheckedSource['writer'] {
  const { file, text, failures } = checking
  const [kind, written] = Object.entries(file.topics[to]?.format ?? {})[0] ?? []
  if (kind === undefined || isBroken(checking, to)) return undefined
  const format = formatNamed(kind)
  const rows = type.rows?.(options)
  if (rows === undefined) {
    if (format.isBinary !== true) return undefined
    const message = `source ${type.name} brings lines, and the records of format ${kind} of topic "${to}" are no lines`
    const hint = 'Give the topic another format, or let programs fill it that write such records.'
    failures.push(text.failure(['sources', name, type.name], message, { at: 'key', hint }))
    return undefined
  }
  const writer = (fields: readonly Field[]) => writerOf({ format, options: written }, fields)
  collectFailure(failures, () =>
    changeFailure(
      () => writer(rows),
      (failure) => formatFailure(failure, to, kind, text),
    ),
  )
  return writer
}
