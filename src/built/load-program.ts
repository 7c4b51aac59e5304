/**
 * Runs the program with the bytecode that V8 compiled in earlier runs: half of a start goes into parsing and compiling the
 * same functions. Node's own compile cache holds the functions compiled while a file is loaded; this one holds those
 * compiled until a run of the same command ended, which is nearly everything that the next run needs.
 *
 * The cache is `$XDG_CACHE_HOME/tailrace` or `~/.cache/tailrace`, with a file for each installation and command. A file
 * that cannot be read or written, is damaged, from another build or Node, or of another user, is ignored and replaced: the
 * start is only slower. V8 itself checks that its version and options are those of the file, but not its bytes: damaged
 * code ends in a crash, or computes something else. So the last line of a file has a checksum of all before it:
 *
 *   code | \n | build | runs that may add to it | CRC-32 of the code and of this line up to here | spaces
 *
 * When a file is written, files of this folder that were not written for a month are removed: those of installations and
 * versions of Node that are gone.
 */
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdir,
  readFileSync,
  renameSync,
  rm,
  stat,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { Script } from 'node:vm'
import { systemClock } from '../base/clock.ts'
import { hashBytes } from '../record/hash.ts'

/** The number of runs that add to a command's file, as other statements need other functions. */
const RUNS = 4
const TRAILER_BYTES = 64
/** Permission to write for anybody but the user. */
const OTHERS_MAY_WRITE = 0o022
const KEPT_MS = 30 * 86_400_000
/** A name that this program gives, also while the file is being written. */
const OUR_NAME = /^[0-9a-f]{1,8}-v\d+\.\d+\.\d+-[a-z]{1,20}(\.\d+)?$/

export type LoadedProgram<Exports> = {
  readonly exports: Exports
  /** Keeps the compiled functions for the next run, if more runs may add to the file. */
  keep(): void
}

/** The script at `path`, which is a function as Node makes one of each CommonJS file, for a run of a command. `keeps`: whether the caller will call `keep` at the end of the run. */
export function loadProgram<Exports>(path: string, command: string, keeps: boolean): LoadedProgram<Exports> {
  const place = placeOf(path, command)
  const kept = place === undefined ? undefined : readKept(place, path)
  const source = readFileSync(path, 'latin1') // it is pure ASCII
  const script = new Script(source, {
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
    exports: module.exports as Exports,
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

/** Where users' programs keep what they can make again; undefined for a user without a home, as in some containers. */
export function cacheFolder(): string | undefined {
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
    const bytes = readOwn(place)
    const end = bytes.length - TRAILER_BYTES
    const [build, runs, sum] = bytes.toString('latin1', end).trim().split(' ')
    const code = bytes.subarray(0, end)
    const isWhole = build === basename(path) && sum === checksum(code, `${build} ${runs}`)
    return isWhole ? { code, runs: Number(runs) } : undefined
  } catch {
    return undefined
  }
}

/** A file that only this user can have written: its code is run. Throws where it is none. */
function readOwn(place: string): Buffer {
  // A pipe in its place would be waited for.
  const file = openSync(place, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const found = fstatSync(file)
    const isOurs = found.uid === (process.getuid?.() ?? found.uid) && (found.mode & OTHERS_MAY_WRITE) === 0
    if (!(found.isFile() && isOurs)) throw new Error('of somebody else')
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

/** Of zlib, which is part of Node: loading the log's CRC-32C takes longer than all of this. */
function checksum(code: Buffer, line: string): string {
  const { crc32 } = process.getBuiltinModule('node:zlib')
  return crc32(line, crc32(code)).toString(16)
}

/** Written whole or not at all, even if the power fails. */
function writeKept(place: string, path: string, code: Buffer, runs: number): void {
  const unfinished = `${place}.${process.pid}`
  try {
    mkdirSync(dirname(place), { recursive: true, mode: 0o700 })
    const line = `${basename(path)} ${runs}`
    const trailer = Buffer.from(`\n${line} ${checksum(code, line)}`.padEnd(TRAILER_BYTES))
    writeFileSync(unfinished, Buffer.concat([code, trailer]), { flag: 'wx', mode: 0o600, flush: true })
    renameSync(unfinished, place)
    removeOld(dirname(place))
  } catch {
    rm(unfinished, () => {}) // it may be there in part
  }
}

/** Removes what was not written for a long time. What is still in use is made again, so nothing waits for this. */
function removeOld(folder: string): void {
  const before = systemClock.now() - KEPT_MS
  readdir(folder, (_, names = []) => {
    for (const name of names.filter((one) => OUR_NAME.test(one))) {
      const path = join(folder, name)
      stat(path, (_, found) => {
        if (found !== undefined && found.mtimeMs < before) rm(path, () => {})
      })
    }
  })
}
