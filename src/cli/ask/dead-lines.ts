/**
 * The dead letters of `tailrace query`: the first few are shown, each with the start of its line, and `--dead` writes all of
 * them to a file, one JSON object each.
 */
import { isUtf8 } from 'node:buffer'
import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { Failure } from '../../base/failure.ts'
import type { DeadLine } from '../../query/units.ts'
import { cutText, printable } from '../../terminal/text.ts'

/** The number of dead letters that are shown; the others are only counted. */
const SHOWN = 5
/** Cells of a line that are shown. */
const LINE_CELLS = 120
/** Bytes that are written at once. */
const CHUNK_BYTES = 64 << 10

type Say = (text: string) => void

export type DeadLines = {
  add(line: DeadLine): void
  /** Says how many there are besides those that were shown, or where they all are. */
  end(all: number): void
}

/** Shows dead letters by `say`; `file`, if given, takes all of them, and then `isQuiet` leaves only their number to say. */
export function openDeadLines(say: Say, file: DeadFile | undefined, isQuiet: boolean): DeadLines {
  const most = isQuiet && file !== undefined ? 0 : SHOWN
  let shown = 0
  return {
    add(dead) {
      file?.add(dead)
      if (shown === most) return
      const place = dead.row === undefined ? `byte ${dead.byte}` : `row ${dead.row}`
      say(`dead letter: ${printable(dead.file)}, ${place}: ${dead.reason}`)
      if (dead.line !== undefined) say(`  ${lineText(dead.line)}`)
      shown++
    },
    end(all) {
      file?.end()
      if (file !== undefined) say(`dead letters: ${all === 0 ? 'none' : all} in ${file.path}`)
      else if (all > shown) say(`dead letters: ${all - shown} more; --dead FILE writes all of them`)
    },
  }
}

const lineText = (line: Uint8Array): string => cutText(printable(Buffer.from(line).toString()), LINE_CELLS)

export type DeadFile = {
  readonly path: string
  /** Opens it, empty. Throws a Failure where it cannot be written, or is one of the files that are read. */
  open(inputs: readonly string[]): void
  add(dead: DeadLine): void
  end(): void
}

/** The file that `--dead` names. */
export function deadFile(path: string): DeadFile {
  if (path === '-') {
    throw new Failure('usage', '--dead -: standard output is for the rows', { hint: 'Name a file: --dead dead.ndjson' })
  }
  let file = -1
  let held = ''
  const write = () => {
    const bytes = Buffer.from(held)
    held = ''
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    } catch (error) {
      throw unwritable(path, error)
    }
  }
  return {
    path,
    open(inputs) {
      const own = identityOf(path)
      const input = own === undefined ? undefined : inputs.find((one) => identityOf(one) === own)
      if (input !== undefined) {
        throw new Failure('usage', `--dead ${path}: it is a file that the statement reads`, { hint: 'Name another.' })
      }
      try {
        file = openSync(path, 'w')
      } catch (error) {
        throw unwritable(path, error)
      }
    },
    add(dead) {
      held += `${deadJson(dead)}\n`
      if (held.length > CHUNK_BYTES) write()
    },
    end() {
      write()
      closeSync(file)
    },
  }
}

/** A line that is not UTF-8 is in base64, as in the dead letters of a topic. */
function deadJson({ file, byte, row, reason, line }: DeadLine): string {
  if (row !== undefined) return JSON.stringify({ file, row, reason, line: null })
  const bytes = line === undefined ? undefined : Buffer.from(line)
  if (bytes === undefined) return JSON.stringify({ file, byte, reason, line: null })
  if (isUtf8(bytes)) return JSON.stringify({ file, byte, reason, line: bytes.toString() })
  return JSON.stringify({ file, byte, reason, line: bytes.toString('base64'), encoding: 'base64' })
}

/** Names a regular file whatever its path; undefined where there is none. */
function identityOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat?.isFile() === true ? `${stat.dev} ${stat.ino}` : undefined
}

const unwritable = (path: string, error: unknown): Failure => {
  const { code, message } = error as NodeJS.ErrnoException
  const why = code === 'ENOENT' ? 'its folder does not exist' : code === 'EISDIR' ? 'it is a folder' : message
  return new Failure('io', `--dead ${path} cannot be written: ${why}`, { cause: error })
}
