/** Each file of a table is read once, however many links and patterns lead to it, as `tailrace run` reads it. */
import { lstatSync } from 'node:fs'
import { counted } from '../base/units.ts'

/** A file under one of its names. `id`: device and inode; undefined where it cannot be told from others. */
type Named = { readonly path: string; readonly id: string | undefined }

/** The number of names that the note shows. */
const SHOWN = 5

/** The files, each under one name, and what is said of the other names; undefined where there are none. */
export function eachOnce<File extends Named>(
  files: readonly File[],
): { readonly files: readonly File[]; readonly note: string | undefined } {
  const kept = new Map<string, File>()
  for (const file of files) {
    const other = file.id === undefined ? undefined : kept.get(file.id)
    // The name of the file itself says how old it is; that of a link does not.
    const isBetter = other !== undefined && other.path !== file.path && isLink(other.path) && !isLink(file.path)
    if (file.id !== undefined && (other === undefined || isBetter)) kept.set(file.id, file)
  }
  const isKept = (file: File) => file.id === undefined || kept.get(file.id) === file
  const others = files.filter((file) => !isKept(file))
  return { files: files.filter(isKept), note: others.length === 0 ? undefined : noteOf(others, kept) }
}

function noteOf<File extends Named>(others: readonly File[], kept: ReadonlyMap<string, File>): string {
  const texts = others.map(({ path, id }) => {
    const name = kept.get(id ?? '')?.path
    return name === path ? `${path} is named more than once` : `${path} is the same file as ${name}`
  })
  const all = [...new Set(texts)]
  const more = all.length > SHOWN ? `, and ${counted(all.length - SHOWN, 'more name')}` : ''
  return `each file is read once: ${all.slice(0, SHOWN).join(', ')}${more}`
}

const isLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
