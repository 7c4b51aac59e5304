/**
 * Where the control socket of a data folder is: `DATA/control.sock`. The path of a socket may have about a hundred bytes only.
 * Where that of the folder is longer, the socket is in a folder of its own below the system's temporary one, and the file
 * `DATA/control.at` has its path.
 *
 * The process that owns the folder makes both, and removes both at its end. What a process left behind that was killed is
 * replaced by the next one: the lock of the folder says that it is nobody's.
 */
import { chmodSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** The least of what systems allow (macOS: 104 with the zero at the end; Linux: 108). */
const MAX_PATH_BYTES = 103
const SOCKET = 'control.sock'
const PLACE = 'control.at'
const FOLDER = 'tailrace-control-'

/** The path of the socket that the owner of the folder listens on. */
export function controlPath(dataFolder: string): string {
  try {
    return readFileSync(join(dataFolder, PLACE), 'utf8').trim()
  } catch {
    return join(dataFolder, SOCKET)
  }
}

/** Removes the socket of a process that is gone. */
export function removeControl(dataFolder: string): void {
  const path = controlPath(dataFolder)
  const folder = dirname(path)
  rmSync(join(dataFolder, SOCKET), { force: true })
  rmSync(join(dataFolder, PLACE), { force: true })
  // A file that says something else was not written here.
  if (!basename(folder).startsWith(FOLDER) || basename(path) !== SOCKET) return
  rmSync(path, { force: true })
  try {
    rmdirSync(folder)
  } catch {
    // Somebody else removed it, as systems do with old temporary folders, or put a file in it: nobody needs it.
  }
}

/** A path for the socket, for the process that owns the folder. `elsewhere`: below the system's temporary folder. */
export function placeControl(dataFolder: string, elsewhere: boolean): string {
  const path = join(dataFolder, SOCKET)
  if (!elsewhere && Buffer.byteLength(path) <= MAX_PATH_BYTES) return path
  // mkdtemp makes a folder that only this user may enter.
  const shorter = join(mkdtempSync(join(tmpdir(), FOLDER)), SOCKET)
  writeFileSync(join(dataFolder, PLACE), `${shorter}\n`)
  chmodSync(join(dataFolder, PLACE), 0o600)
  return shorter
}
