/** Follows paths that may lead to several values, in a text that was checked before, with the rules of json-path. */
import { isDefinite, type JsonTextPath, type PathStep } from './path.ts'
import { type JsonMember, type JsonText, OPEN_ARRAY, OPEN_OBJECT } from './text.ts'

/** A value of the text, or an object made of several members of one. */
export type Selected = { readonly start: number; readonly end: number } | { readonly members: readonly JsonMember[] }

/** A strict path leads nowhere, at a step before which there was only one way to go. */
class Missing extends Error {
  override readonly name = 'Missing'
}

/** All values that the path leads to, in order; undefined where a strict path leads nowhere. */
export function select(path: JsonTextPath, text: JsonText, root: number): readonly Selected[] | undefined {
  const found: Selected[] = []
  const selection: Selection = { steps: path.steps, isLax: path.mode === 'lax', text, found }
  try {
    follow(selection, 0, root)
    return found
  } catch (error) {
    if (error instanceof Missing) return undefined
    throw error
  }
}

type Selection = {
  readonly steps: readonly PathStep[]
  readonly isLax: boolean
  readonly text: JsonText
  readonly found: Selected[]
}

/** Whether there is only one way from the root to step `index`. */
const isOneWay = ({ steps }: Selection, index: number): boolean =>
  steps.slice(0, index).every((step) => isDefinite(step, false))

function follow(selection: Selection, index: number, at: number): void {
  const { steps, text, found } = selection
  const step = steps[index]
  if (step === undefined) found.push({ start: at, end: text.scan.skip(at) })
  else if (step.kind === 'names') followNames(selection, index, at, step.names)
  else if (step.kind === 'all') followAll(selection, index, at)
  else if (step.kind === 'deep') followDeep(selection, index + 1, at)
  else followElements(selection, index, at, step)
}

const first = ({ text }: Selection, at: number): number => text.scan.bytes[at] ?? 0

/** There is no way on at step `index`. */
function stop(selection: Selection, index: number): void {
  if (isOneWay(selection, index) && !selection.isLax) throw new Missing()
}

function followNames(selection: Selection, index: number, at: number, names: readonly string[]): void {
  const { steps, text, found } = selection
  if (first(selection, at) !== OPEN_OBJECT) {
    stop(selection, index)
    return
  }
  const members = new Map(text.members(at).map((member) => [member.name, member]))
  const isLast = index === steps.length - 1
  if (names.length > 1 && isLast) {
    const named = [...new Set(names)].map((name) => members.get(name))
    found.push({ members: named.filter((member) => member !== undefined) })
    return
  }
  for (const name of names) {
    const member = members.get(name)
    if (member !== undefined) follow(selection, index + 1, member.start)
    else if (!isLast && names.length === 1) stop(selection, index)
  }
}

function followElements(
  selection: Selection,
  index: number,
  at: number,
  step: PathStep & { readonly kind: 'indexes' | 'slice' },
): void {
  if (first(selection, at) !== OPEN_ARRAY) {
    stop(selection, index)
    return
  }
  const elements = selection.text.elements(at)
  for (const place of step.kind === 'indexes' ? step.indexes : slice(step, elements.length)) {
    const element = elements.at(place)
    if (element !== undefined) follow(selection, index + 1, element)
  }
}

/** The places of a slice. Only a slice with one border counts that from the end; one with two may reach round the start. */
function slice({ from, to }: PathStep & { readonly kind: 'slice' }, length: number): number[] {
  const begin = from === undefined ? 0 : to === undefined && from < 0 ? Math.max(0, length + from) : from
  const end = Math.min(length, to === undefined ? length : from === undefined && to < 0 ? length + to : to)
  const places: number[] = []
  for (let place = Math.max(begin, -length); place < end; place++) places.push(place)
  return places
}

function followAll(selection: Selection, index: number, at: number): void {
  const { text } = selection
  const byte = first(selection, at)
  if (byte === OPEN_OBJECT) for (const { start } of text.members(at)) follow(selection, index + 1, start)
  if (byte === OPEN_ARRAY) for (const element of text.elements(at)) follow(selection, index + 1, element)
}

/** PathStep `index` is taken in every object and array from `at` downward in which it can be. */
function followDeep(selection: Selection, index: number, at: number): void {
  const { steps, text } = selection
  const step = steps[index] as PathStep
  const byte = first(selection, at)
  if (byte === OPEN_OBJECT) {
    const members = text.members(at)
    const names = step.kind === 'names' && isDefinite(step, index === steps.length - 1) ? step.names : []
    const hasAll = names.every((name) => members.some((member) => member.name === name))
    if (step.kind === 'all' || (step.kind === 'names' && hasAll)) follow(selection, index, at)
    for (const { start } of members) followDeep(selection, index, start)
  } else if (byte === OPEN_ARRAY) {
    const elements = text.elements(at)
    if (step.kind !== 'names') {
      if (index === steps.length - 1) follow(selection, index, at)
      // In json-path, a step that is not the last takes every element here.
      else for (const element of elements) follow(selection, index + 1, element)
    }
    for (const element of elements) followDeep(selection, index, element)
  }
}
