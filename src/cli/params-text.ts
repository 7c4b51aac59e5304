/** The parameters of a pipeline, as `explain` shows them: type, value, what stands for it in SQL, and where it comes from. */

import type { LoadedPipeline } from '../pipeline/file/load.ts'
import { paramTypeWords } from '../pipeline/file/params/param.ts'
import type { Colours } from '../terminal/colour.ts'

type Shown = Pick<LoadedPipeline, 'params' | 'text'>

/** A block of text, with a blank line behind it; empty where there are no parameters. */
export function paramsText({ params, text }: Shown, colours: Colours): string {
  const lines = params.map(({ name, type, value, sql }) => {
    const inSql = String(value) === sql ? '' : `, in SQL ${sql}`
    return `${colours.bold('parameter')} ${name} = ${value}\n  ${paramTypeWords(type)}${inSql}, from ${originOf(name, text)}\n\n`
  })
  return lines.join('')
}

/** The same as plain objects. */
export const paramsJson = ({ params, text }: Shown): readonly object[] =>
  params.map(({ name, type, value, sql, isUsed }) => {
    return { name, type, value, sql, used: isUsed, from: originOf(name, text) }
  })

const originOf = (name: string, text: Shown['text']): string => text.origin(['params', name, 'default'])
