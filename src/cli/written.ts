/** Everything that the files and options of a pipeline say, laid over each other, each value with the place it comes from. */
import { Document, isCollection, isMap, isNode, isSeq, type Node } from 'yaml'
import type { LoadedPipeline } from '../pipeline/file/load.ts'
import { paramTypeWords } from '../pipeline/file/params/param.ts'
import type { PipelineText } from '../pipeline/file/pipeline-text.ts'
import type { Colours } from '../terminal/colour.ts'

type Path = readonly (string | number)[]
type Origins = Pick<PipelineText, 'origin' | 'mask'>

/** As YAML with a comment behind each value. */
export function writtenYaml(written: unknown, text: Origins): string {
  const document = documentOf(written, text)
  visitValues(document.contents, [], (node, path) => {
    if (isCollection(node)) node.flow = true
    node.comment = ` ${text.origin(path)}`
  })
  return document.toString({ lineWidth: 0, flowCollectionPadding: true })
}

/** As a list. */
export function writtenJson(written: unknown, text: Origins): readonly object[] {
  const values: object[] = []
  visitValues(documentOf(written, text).contents, [], (node, path) => {
    values.push({ path: path.join('.'), value: node.toJSON(), from: text.origin(path) })
  })
  return values
}

/** Options as YAML: what a part of the pipeline is short for. */
export const shortFor = (value: unknown): string =>
  new Document(value).toString({ lineWidth: 0, flowCollectionPadding: true })

/** Secrets are hidden before they are quoted or broken into lines, where they would not be recognized any more. */
const documentOf = (written: unknown, { mask }: Origins): Document =>
  new Document(masked(written, mask), { aliasDuplicateObjects: false })

/** The same value, with `mask` applied to each text in it. */
export const masked = (value: unknown, mask: PipelineText['mask']): unknown =>
  JSON.parse(JSON.stringify(value), (_, part: unknown) => (typeof part === 'string' ? mask(part) : part))

/** Calls `found` for each value that holds no others, in order. */
function visitValues(node: unknown, path: Path, found: (node: Node, path: Path) => void): void {
  if (isMap(node) && node.items.length > 0) {
    for (const { key, value } of node.items) visitValues(value, [...path, String(key)], found)
  } else if (isSeq(node) && node.items.length > 0) {
    node.items.forEach((item, index) => {
      visitValues(item, [...path, index], found)
    })
  } else if (isNode(node)) found(node, path)
}

type Shown = Pick<LoadedPipeline, 'params' | 'text'>

/** The parameters: type, value, what stands for it in SQL, and where it comes from, each with a blank line behind it. */
export function paramsText({ params, text }: Shown, colours: Colours): string {
  const lines = params.map(({ name, type, value, sql }) => {
    const inSql = String(value) === sql ? '' : `, in SQL ${sql}`
    return `${colours.bold('parameter')} ${name} = ${value}\n  ${paramTypeWords(type)}${inSql}, from ${originOf(name, text)}\n\n`
  })
  return lines.join('')
}

/** The parameters as plain objects. */
export const paramsJson = ({ params, text }: Shown): readonly object[] =>
  params.map(({ name, type, value, sql, isUsed }) => {
    return { name, type, value, sql, used: isUsed, from: originOf(name, text) }
  })

const originOf = (name: string, text: Shown['text']): string => text.origin(['params', name, 'default'])
