/** The mistakes in the templates of a sink's options. */
import { collectFailure, type Failure } from '../../base/failure.ts'
import { unknownNames } from '../../template/columns.ts'
import { parseTemplate } from '../../template/template.ts'
import type { SinkMistake, SinkRows } from '../sink.ts'
import { type TemplateScope, templateNames } from './names.ts'

type Path = SinkMistake['path']

/** The mistakes in an option that is a template; none where it is absent. */
export function templateMistakes(
  path: Path,
  text: string | undefined,
  rows: SinkRows,
  scope: TemplateScope,
): readonly SinkMistake[] {
  if (text === undefined) return []
  const failures: Failure[] = []
  const template = collectFailure(failures, () => parseTemplate(text))
  if (template !== undefined) failures.push(...unknownNames(template, templateNames(rows, scope)))
  return failures.map((failure) => ({ path, failure }))
}
