/**
 * Loads files of functions. Only files that a pipeline or a command names are loaded. Each is digested, and the digest is part of
 * what a query is; so that it says all, a file imports nothing but `tailrace` and modules of Node.
 */
import { readFileSync } from 'node:fs'
import { basename, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { sha256 } from '../../base/digest.ts'
import { Failure } from '../../base/failure.ts'
import { typeNamed } from '../../record/named-type.ts'
import type { Type } from '../../record/type.ts'
import { AGGREGATES, GROUPING_FUNCTIONS, OTHER_AGGREGATES } from '../bind/aggregates.ts'
import { FORMS } from '../bind/call.ts'
import { scalarFunctions } from '../function/all.ts'
import type { UserFunction, UserFunctions } from '../function/function.ts'
import { FLINK_ONLY, RANKINGS } from '../function/known.ts'
import { reserved } from '../syntax/reserved.ts'
import { scalarOf } from './scalar.ts'

/** Room for a long table of constants. */
const MAX_BYTES = 4 << 20
const MOST_ARGUMENTS = 20
const HINT =
  "Write: export const name = defineFunction({ takes: ['STRING'], gives: 'INT', call: (text) => text.length })"

/** The functions of the files, whose relative paths start at `folder`. Throws a Failure with the file in its message. */
export async function loadFunctions(files: readonly string[], folder: string): Promise<UserFunctions> {
  const functions = new Map<string, UserFunction>()
  for (const file of files) {
    for (const fn of await loadFile(file, folder)) {
      const other = functions.get(fn.name)
      if (other !== undefined) throw refused(file, `${fn.name} is a function twice`, 'Names of SQL have no case.')
      functions.set(fn.name, fn)
    }
  }
  return functions
}

async function loadFile(file: string, folder: string): Promise<readonly UserFunction[]> {
  if (/^[a-z][a-z0-9+.-]+:/i.test(file)) throw refused(file, 'it is an address, and functions come from files')
  if (!['.ts', '.mts', '.js', '.mjs'].includes(extname(file))) {
    throw refused(file, 'its name ends in none of .ts, .mts, .js, .mjs')
  }
  const path = resolve(folder, file)
  const text = readText(file, path)
  refuseImports(file, text)
  const code = sha256(text, 'hex').slice(0, 32)
  const found = Object.entries(await importFile(file, path, code))
  const declared = found.filter(([, value]) => typeof value === 'object' && value !== null)
  if (declared.length === 0) throw refused(file, 'it exports no function', HINT)
  return declared.map(([name, value]) => readDeclared(name, value as Written, { file, code }))
}

function readText(file: string, path: string): string {
  try {
    const text = readFileSync(path, 'utf8')
    if (text.length <= MAX_BYTES) return text
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new Failure('not-found', `there is no file of functions ${file}`, { cause })
    throw new Failure('io', `the functions of ${file} cannot be read: ${message}`, { cause })
  }
  throw refused(file, 'it is larger than 4 MiB')
}

const COMMENTS = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm
const IMPORTS =
  /\b(?:import|export)\b(?!\s+type\b)[^'"`;()]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*['"]([^'"]+)['"]|\b(?:import|require)\s*\(/g

/** A change of another file would change no digest, and a reload would not see it. */
function refuseImports(file: string, text: string): void {
  for (const [whole, from, alone] of text.replace(COMMENTS, '').matchAll(IMPORTS)) {
    const name = from ?? alone
    if (name === 'tailrace' || name?.startsWith('node:') === true) continue
    const what = name === undefined ? `it calls ${whole.slice(0, -1).trim()}(…)` : `it imports ${name}`
    throw refused(
      file,
      what,
      'A file of functions has all its code in itself, and imports tailrace and node: modules only.',
    )
  }
}

async function importFile(file: string, path: string, code: string): Promise<object> {
  try {
    return (await import(`${pathToFileURL(path).href}?${code}`)) as object
  } catch (cause) {
    const { message } = cause as Error
    const isCommonJs = /Cannot use import statement outside a module|Unexpected token 'export'/.test(message)
    const name = `${basename(path, extname(path))}.m${extname(path).slice(1)}`
    const hint = isCommonJs
      ? `Call it ${name}, or write "type": "module" into package.json.`
      : /'tailrace'/.test(message)
        ? 'npm install tailrace in its folder, or export the objects without defineFunction.'
        : undefined
    throw refused(file, message, hint)
  }
}

type Written = { readonly takes?: unknown; readonly gives?: unknown; readonly nulls?: unknown; readonly call?: unknown }

function readDeclared(name: string, written: Written, { file, code }: { file: string; code: string }): UserFunction {
  const upper = name.toUpperCase()
  const { takes, gives, nulls = false, call } = written
  const refuseIt = (why: string, hint?: string) => refused(file, `function ${name}: ${why}`, hint)
  if (!/^[A-Z_][A-Z_0-9]*$/.test(upper)) throw refuseIt('a name has letters, digits and underscores', HINT)
  if (isTaken(upper)) throw refuseIt(`SQL has ${upper} already`, 'Choose another name.')
  if (!Array.isArray(takes) || takes.length > MOST_ARGUMENTS) {
    throw refuseIt(`takes must be a list of types, ${MOST_ARGUMENTS} at most`, HINT)
  }
  if (typeof call !== 'function') throw refuseIt('call must be a function', HINT)
  if (typeof nulls !== 'boolean') throw refuseIt('nulls must be true or false')
  if (call.constructor.name !== 'Function') throw refuseIt('call gives its result at once: no async, no function*')
  if (call.length > takes.length) {
    throw refuseIt(`takes has ${takes.length} types, and call has ${call.length} parameters`)
  }
  const typed = (text: unknown): Type => {
    const type = typeof text === 'string' ? typeWritten(text) : undefined
    if (type === undefined) throw refuseIt(`there is no type ${JSON.stringify(text)} here`, `The types are ${TYPES}.`)
    return type
  }
  return scalarOf({
    name: upper,
    takes: takes.map(typed),
    gives: typed(gives),
    seesNulls: nulls,
    call: call as (...values: readonly unknown[]) => unknown,
    file,
    code,
  })
}

const TYPES = 'BOOLEAN, INT, BIGINT, DOUBLE, STRING, DATE, TIMESTAMP(3), TIMESTAMP_LTZ(3), DECIMAL(p, s)'

function typeWritten(text: string): Type | undefined {
  if (!/^(BOOLEAN|INT|BIGINT|DOUBLE|STRING|DATE|TIMESTAMP(_LTZ)?\(3\)|DECIMAL\(\d+, ?\d+\))$/.test(text))
    return undefined
  const [name = '', inside = ''] = text.split('(')
  const found = typeNamed({ name, parameters: inside === '' ? [] : inside.slice(0, -1).split(',').map(Number) })
  return 'refused' in found ? undefined : found.type
}

/** The names of SQL, also of what tailrace does not have yet: a pipeline must not mean something else later. */
const isTaken = (name: string): boolean =>
  [AGGREGATES, FORMS, scalarFunctions].some((names) => names.has(name)) ||
  [GROUPING_FUNCTIONS, OTHER_AGGREGATES, FLINK_ONLY, RANKINGS, reserved].some((names) => names.has(name)) ||
  ['PROCTIME', 'TUMBLE', 'HOP', 'CUMULATE', 'SESSION'].includes(name) ||
  /^(TUMBLE|HOP|SESSION)_/.test(name)

const refused = (file: string, why: string, hint?: string): Failure =>
  new Failure('pipeline', `the functions of ${file} cannot be used: ${why}`, { hint })
