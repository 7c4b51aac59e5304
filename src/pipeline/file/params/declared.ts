/**
 * The parameters of a pipeline: what the files declare, and what the overlays and `--set` make of it. The file that names a
 * parameter first gives its type.
 */
import { collectFailure, type Failure } from '../../../base/failure.ts'
import type { PipelineText } from '../pipeline-text.ts'
import { isGroup, type Tree } from '../yaml-tree.ts'
import {
  PARAM_TYPES,
  type Param,
  type ParamRule,
  type ParamType,
  type ParamValue,
  readParam,
  typeOfValue,
} from './param.ts'
import { hasParam } from './use.ts'

/** One parameter as a file has it, its short spelling written out; undefined where it is wrong, which the schema says. */
type Declared = { readonly given: ParamValue; readonly rule: Partial<ParamRule> }

/** The names under `params` of a value. */
export function paramNames(whole: unknown): readonly string[] {
  const params = isGroup(whole) ? whole.params : undefined
  return isGroup(params) ? Object.keys(params) : []
}

/**
 * The parameters by name. `trees` are the files as written, `whole` is their outcome with `--set`. A value that does not fit
 * is among the failures; then the parameter has the value of the first file, if that fits.
 */
export function readParams(
  whole: unknown,
  trees: readonly Tree[],
  text: PipelineText,
  failures: Failure[],
): ReadonlyMap<string, Param> {
  const params = new Map<string, Param>()
  for (const name of paramNames(whole)) {
    const last = declaredIn(whole, name, undefined)
    // Without a file that has it, --set has declared it.
    const [first = last] = trees.flatMap((tree) => declaredIn(tree.value, name, tree) ?? [])
    if (first === undefined || last === undefined) continue
    const rule = { ...first.rule, ...last.rule }
    const type = rule.type ?? typeOfValue(last.given, false)
    const at = ['params', name, 'default']
    const read = (given: ParamValue) => {
      const failed: Failure[] = []
      const found = collectFailure(failed, () => readParam(name, given, { ...rule, type }))
      failures.push(...failed.map(({ message }) => text.failure(at, `parameter ${name}: ${message}`)))
      return found
    }
    if (hasParam(String(last.given))) {
      failures.push(text.failure(at, `parameter ${name}: a parameter cannot be made of others`))
    }
    const found = read(last.given) ?? (last.given === first.given ? undefined : read(first.given))
    if (found !== undefined) params.set(name, found)
  }
  return params
}

/** `tree`: the file that the value is of, if it is that of one. Then a value without a type gets one. */
function declaredIn(whole: unknown, name: string, tree: Tree | undefined): Declared | undefined {
  const params = isGroup(whole) ? whole.params : undefined
  const part = isGroup(params) && Object.hasOwn(params, name) ? params[name] : undefined
  const { default: given, ...rule } = isGroup(part) ? part : { default: part }
  if (!isValue(given)) return undefined
  const type = isType(rule.type) ? rule.type : undefined
  const seen =
    type ?? (tree === undefined ? undefined : typeOfValue(given, tree.isChanged(['params', name, 'default'])))
  return {
    given,
    rule: {
      ...(seen !== undefined && { type: seen }),
      ...(isValue(rule.min) && { min: rule.min }),
      ...(isValue(rule.max) && { max: rule.max }),
    },
  }
}

const isValue = (value: unknown): value is ParamValue => ['string', 'number', 'boolean'].includes(typeof value)
const isType = (value: unknown): value is ParamType => PARAM_TYPES.some((type) => type === value)
