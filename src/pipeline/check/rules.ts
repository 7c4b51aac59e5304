/** The rules of a topic (`require`): conditions over its columns, which every record has to meet. */
import { changeFailure, collectFailure, Failure } from '../../base/failure.ts'
import type { Field } from '../../record/type.ts'
import { parseComputed } from '../../sql/bind/topic-column.ts'
import { placeInSql } from '../../sql/syntax/problem.ts'
import type { Rule } from '../../topic/rules.ts'
import type { Checking } from './checking.ts'

/** The rules in the order of the file; `fields` are the columns of the topic. A wrong one is among the failures and is left out. */
export function rulesOf(topic: string, fields: readonly Field[], checking: Checking): readonly Rule[] {
  const { file, failures } = checking
  const written = Object.entries(file.topics[topic]?.require ?? {})
  return written.flatMap(
    ([name, sql]) => collectFailure(failures, () => checkRule({ topic, name, sql }, fields, checking)) ?? [],
  )
}

type Written = { readonly topic: string; readonly name: string; readonly sql: string }

function checkRule({ topic, name, sql }: Written, fields: readonly Field[], checking: Checking): Rule {
  const { text, session, warnings } = checking
  const at = ['topics', topic, 'require', name]
  const { expression, warnings: found } = changeFailure(
    () => parseComputed(sql, fields, session, 'a rule of a topic'),
    (failure) => text.sqlFailure(at, failure),
  )
  for (const { message, hint, range = { start: 0, end: sql.length } } of found) {
    warnings.push(text.sqlFailure(at, new Failure('sql', message, { place: placeInSql(sql, range), hint })))
  }
  if (expression.kind === 'literal') {
    const [is, effect] = expression.value === true ? ['TRUE', 'it refuses none'] : ['FALSE', 'no record can meet it']
    const value = expression.value === null ? 'NULL' : is
    warnings.push(text.failure(at, `rule "${name}" is ${value} for each record: ${effect}`))
  }
  return { name, condition: expression, written: sql.trim() }
}
