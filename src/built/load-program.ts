/**
 * Runs the program with the bytecode that V8 compiled in earlier runs: half of a start goes into parsing and compiling the
 * same functions. Node's own compile cache holds the functions compiled while a file is loaded; this one holds those
 * compiled until a run of the same command ended, which is nearly everything that the next run needs.
 *
 * The cache is `$XDG_CACHE_HOME/tailrace` or `~/.cache/tailrace`, with a file for each installation and command. A file
 * that cannot be read or written, or is from another build or Node, is ignored: the start is only slower. V8 itself
 * checks that its version and options are those of the file.
 */
import { mkdirSync, readFileSync, renameSync, rm, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { Script } from 'node:vm'
import { hashBytes } from '../record/hash.ts'
import type * as program from './program.ts'

/** The number of runs that add to a command's file, as other statements need other functions. */
const RUNS = 4
/** The last line of a file: the build, and how many more runs may add to the file. */
const TRAILER_BYTES = 64

export type LoadedProgram = {
  readonly exports: typeof program
  /** Keeps the compiled functions for the next run, if more runs may add to the file. */
  keep(): void
}

/** The script at `path`, for a run of a command. `keeps`: whether the caller will call `keep` at the end of the run. */
export function loadProgram(path: string, command: string, keeps: boolean): LoadedProgram {
  const place = placeOf(path, command)
  const kept = place === undefined ? undefined : readKept(place, path)
  const source = readFileSync(path, 'latin1') // it is pure ASCII
  const script = new Script(`(function (require, module, exports, __dirname, importModule) {${source}\n})`, {
    filename: path,
    ...(kept === undefined ? {} : { cachedData: kept.code }),
  })
  const left = kept === undefined || script.cachedDataRejected === true ? RUNS : kept.runs
  const runs = keeps && place !== undefined ? left : 0
  if (runs > 0) letV8Forget(false)
  const module = { exports: {} }
  const importModule = (address: string): Promise<unknown> => import(address)
  script.runInThisContext()(createRequire(path), module, module.exports, dirname(path), importModule)
  return {
    exports: module.exports as typeof program,
    keep() {
      if (runs === 0 || place === undefined) return
      letV8Forget(true)
      writeKept(place, path, script.createCachedData(), runs - 1)
    },
  }
}

/**
 * V8 drops the code of functions that were not called for a while, such as those of the start. V8 compares its options
 * with those of the file, so they are set back before the code is taken.
 */
function letV8Forget(forgets: boolean): void {
  // Loaded here, as it is the slowest step of a start, and most runs do not need it.
  const v8 = process.getBuiltinModule('node:v8')
  v8.setFlagsFromString(forgets ? '--flush-bytecode' : '--no-flush-bytecode')
}

function placeOf(path: string, command: string): string | undefined {
  const isOff = process.env.NODE_DISABLE_COMPILE_CACHE !== undefined
  if (isOff || !/^[a-z]{1,20}$/.test(command)) return undefined
  const folder = cacheFolder()
  if (folder === undefined) return undefined
  const bytes = Buffer.from(dirname(path))
  const installation = hashBytes(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length) >>> 0
  return join(folder, 'tailrace', `${installation.toString(16)}-${process.version}-${command}`)
}

/** Undefined for a user without a home, as in some containers. */
function cacheFolder(): string | undefined {
  const { XDG_CACHE_HOME: given } = process.env
  if (given !== undefined && isAbsolute(given)) return given
  try {
    return join(homedir(), '.cache')
  } catch {
    return undefined
  }
}

function readKept(place: string, path: string): { readonly code: Buffer; readonly runs: number } | undefined {
  try {
    const bytes = readFileSync(place)
    const end = bytes.length - TRAILER_BYTES
    const [build, runs] = bytes.toString('latin1', end).trim().split(' ')
    return build === basename(path) ? { code: bytes.subarray(0, end), runs: Number(runs) } : undefined
  } catch {
    return undefined
  }
}

/** Written whole or not at all, even if the power fails: V8 does not check the code for damage. */
function writeKept(place: string, path: string, code: Buffer, runs: number): void {
  const unfinished = `${place}.${process.pid}`
  try {
    mkdirSync(dirname(place), { recursive: true, mode: 0o700 })
    const trailer = Buffer.from(`\n${basename(path)} ${runs}`.padEnd(TRAILER_BYTES))
    writeFileSync(unfinished, Buffer.concat([code, trailer]), { flag: 'wx', mode: 0o600, flush: true })
    renameSync(unfinished, place)
  } catch {
    rm(unfinished, () => {}) // it may be there in part
  }
}
