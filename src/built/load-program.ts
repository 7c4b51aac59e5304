/**
 * Runs the program with the machine code's precursor, V8's bytecode, as earlier runs left it: half of a start is to parse
 * and compile functions, always the same. Node's own cache has what is compiled while a file is loaded; this has what was
 * compiled when a run of the same command ended, which is nearly all of what the next one needs.
 *
 * It lies in `$XDG_CACHE_HOME/tailrace` or `~/.cache/tailrace`, a file for each installation and command. What cannot be
 * read or written, or was left by another build or another Node, is passed over in silence: it is only slower. V8 itself
 * checks that its version and options are those that wrote it.
 */
import { mkdirSync, readFileSync, renameSync, rm, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { Script } from 'node:vm'
import { hashBytes } from '../record/hash.ts'
import type * as program from './program.ts'

/** Runs of a command that add to its file what they had to compile: other statements need other functions. */
const RUNS = 4
/** Of the line at the end of a file, which tells the build and how many runs may still add to it. */
const TRAILER_BYTES = 64

export type LoadedProgram = {
  readonly exports: typeof program
  /** Leaves what was compiled for the next run, where that is worth it. */
  keep(): void
}

/** The script at `path`, for a run of a command. `keeps`: whether `keep` is to be called at its end. */
export function loadProgram(path: string, command: string, keeps: boolean): LoadedProgram {
  const place = placeOf(path, command)
  const kept = place === undefined ? undefined : readKept(place, path)
  const source = readFileSync(path, 'latin1') // it has nothing but ASCII
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
 * V8 drops the code of functions that were not called for a while, such as those of the start. Its options are part of what
 * it compares, so they are as usual again before the code is taken.
 */
function letV8Forget(forgets: boolean): void {
  // Loaded here, as that takes longer than any other step of a start and most runs need it not.
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

/** A user without a name, as in some containers, has no home. */
function cacheFolder(): string | undefined {
  const { XDG_CACHE_HOME: said } = process.env
  if (said !== undefined && isAbsolute(said)) return said
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

/** Whole or not at all, also when the power fails: V8 does not check that the code is what was written. */
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
