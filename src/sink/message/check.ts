/** The mistakes in the templates of a sink's options. */
import { collectFailure, type Failure } from '../../base/failure.ts'
import { unknownNames } from '../../template/columns.ts'
import { type BodyMistake, jsonWarnings, readTemplateBody, type WrittenBody } from '../../template/json-body.ts'
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

/** The mistakes in an option that is a body. */
export function bodyMistakes(
  path: Path,
  body: WrittenBody,
  rows: SinkRows,
  scope: TemplateScope,
): readonly SinkMistake[] {
  const { template, texts, mistakes } = readTemplateBody(body)
  const within = (one: BodyMistake) => ({ path: [...path, ...one.path], failure: one.failure })
  const unknown = texts.flatMap((one) =>
    unknownNames(one.template, templateNames(rows, scope)).map((failure) => ({ path: one.path, failure })),
  )
  const warnings = typeof body === 'string' ? jsonWarnings(template, rows.fields) : []
  return [
    ...[...mistakes, ...unknown].map(within),
    ...warnings.map((failure) => ({ path, failure, isWarning: true as const })),
  ]
}
