/**
 * The files and folders that survive a power cut: everything durable, and any of the later changes that a disk may have
 * written. A file keeps none of them, all, the first ones and a part of the next, any sectors of any age, or its new
 * length over zeros. A folder keeps the first changes of names, or any of them; each is whole or absent.
 */
import { type Random, seededRandom } from '../random.ts'

export type FileNode = {
  readonly kind: 'file'
  /** The bytes that a process reads. */
  content: Uint8Array
  durable: Uint8Array
  /** Changes that are not yet durable. */
  changes: Change[]
}

export type Change =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'cut'; readonly size: number }

type Names = Map<string, FileNode | FolderNode>

export type FolderNode = {
  readonly kind: 'folder'
  readonly names: Names
  readonly durable: Names
  changes: ((names: Names) => void)[]
}

export const newFile = (): FileNode => {
  return { kind: 'file', content: new Uint8Array(0), durable: new Uint8Array(0), changes: [] }
}
export const newFolder = (): FolderNode => ({ kind: 'folder', names: new Map(), durable: new Map(), changes: [] })

/** Changes the names that a process sees, and keeps the change until it is durable. */
export function changeNames(folder: FolderNode, change: (names: Names) => void): void {
  change(folder.names)
  folder.changes.push(change)
}

/** Changes the content that a process reads, and keeps the change until it is durable. */
export function changeContent(file: FileNode, change: Change): void {
  file.content = applyChange(file.content, change)
  file.changes.push(change)
}

/** A copy of the content with the change. */
export function applyChange(content: Uint8Array, change: Change): Uint8Array {
  if (change.kind === 'cut') return resized(content, change.size)
  const { position, bytes } = change
  const grown = resized(content, Math.max(content.length, position + bytes.length))
  grown.set(bytes, position)
  return grown
}

function resized(content: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(size)
  copy.set(content.subarray(0, size))
  return copy
}

/** The folder after a power cut; the seed decides what survives. */
export function survivingFolder(folder: FolderNode, seed: number): FolderNode {
  const random = seededRandom(seed)
  const survive = (node: FolderNode): FolderNode => {
    const names: Names = new Map(
      [...survivingNames(node, random)].map(([name, inner]) => [
        name,
        inner.kind === 'folder' ? survive(inner) : settled(survivingContent(inner, random)),
      ]),
    )
    return { kind: 'folder', names, durable: new Map(names), changes: [] }
  }
  return survive(folder)
}

const settled = (content: Uint8Array): FileNode => ({ kind: 'file', content, durable: content, changes: [] })

function survivingNames({ durable, changes }: FolderNode, random: Random): Names {
  const names = new Map(durable)
  const inOrder = random.below(2) === 0
  const first = random.below(changes.length + 1)
  for (const [index, change] of changes.entries()) {
    if (inOrder ? index < first : random.below(2) === 0) change(names)
  }
  return names
}

function survivingContent({ durable, changes }: FileNode, random: Random): Uint8Array {
  const ages = [durable]
  for (const change of changes) ages.push(applyChange(ages.at(-1) ?? durable, change))
  const newest = ages.at(-1) ?? durable
  switch (random.below(5)) {
    case 0:
      return durable
    case 1:
      return newest
    case 2:
      return tornChanges(durable, changes, random)
    case 3:
      return resized(durable, newest.length)
    default:
      return mixedSectors(ages, random)
  }
}

/** The first changes, and a part of the next. */
function tornChanges(durable: Uint8Array, changes: readonly Change[], random: Random): Uint8Array {
  const whole = random.below(changes.length + 1)
  const content = changes.slice(0, whole).reduce(applyChange, durable)
  const torn = changes[whole]
  if (torn?.kind !== 'write') return content
  return applyChange(content, { ...torn, bytes: torn.bytes.subarray(0, random.below(torn.bytes.length + 1)) })
}

/** Each sector of any age; zeros if the file was shorter then. Sectors are small, so that small files are mixed too. */
function mixedSectors(ages: readonly Uint8Array[], random: Random): Uint8Array {
  const any = (): Uint8Array => ages[random.below(ages.length)] as Uint8Array
  const sector = 32 << random.below(5)
  const mixed = new Uint8Array(any().length)
  for (let at = 0; at < mixed.length; at += sector)
    mixed.set(any().subarray(at, Math.min(at + sector, mixed.length)), at)
  return mixed
}
