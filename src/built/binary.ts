/**
 * `tailrace` as one file: a Node with the published program in it, by Node's single executable applications. `tools/binary.ts` makes it.
 *
 * Threads, code that is loaded late, and the compiled CRC-32C need files. So the first start puts the program into the user's
 * cache, into a folder that is named after its content, and every start runs it from there. It is there whole or not at all, and
 * only this user can have written it: its code is run.
 */
import { lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { getAsset, getRawAsset } from 'node:sea'
import { cacheFolder } from './load-program.ts'

/** What the binary has: a hash of all files, and their paths. */
type Contents = { readonly hash: string; readonly files: readonly string[] }

/** Permission to write for anybody but the user. */
const OTHERS_MAY_WRITE = 0o022

const contents = JSON.parse(getAsset('contents.json', 'utf8')) as Contents
createRequire(join(unpacked(contents), 'dist/cli/main.cjs'))('./main.cjs')

/** The folder of the program. Throws where it can be put nowhere. */
function unpacked({ hash, files }: Contents): string {
  const cache = cacheFolder()
  const user = process.getuid?.() ?? 0
  const places = [...(cache === undefined ? [] : [join(cache, 'tailrace')]), join(tmpdir(), `tailrace-${user}`)]
  const failures: string[] = []
  for (const place of places) {
    try {
      return placeIn(place, hash, files)
    } catch (error) {
      failures.push((error as Error).message)
    }
  }
  process.stderr.write(`tailrace: its program can be unpacked nowhere: ${failures.join('; ')}\n`)
  process.exit(1)
}

function placeIn(place: string, hash: string, files: readonly string[]): string {
  const folder = join(place, `binary-${hash}`)
  if (isOurs(place) && isOurs(folder)) return folder
  mkdirSync(place, { recursive: true, mode: 0o700 })
  if (!isOurs(place)) throw new Error(`${place} is not this user's alone`)
  const unfinished = mkdtempSync(join(place, 'unpacking-'))
  for (const file of files) {
    const path = join(unfinished, file)
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, new Uint8Array(getRawAsset(file)), { mode: 0o600, flush: true })
  }
  try {
    renameSync(unfinished, folder)
  } catch (error) {
    rmSync(unfinished, { recursive: true })
    // Another process was faster.
    if (!isOurs(folder)) throw error
  }
  return folder
}

function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  if (found === undefined) return false
  return found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid) && (found.mode & OTHERS_MAY_WRITE) === 0
}
