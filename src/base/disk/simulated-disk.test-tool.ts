/**
 * A disk in memory that keeps what a real one must keep, and of the rest whatever chance decides.
 *
 * Law: content is durable once `sync` of its file has resolved, a name once `syncFolder` of its folder has. A power cut
 * keeps everything durable, and some of the other changes: torn, in another order, or as zeros (`surviving`). A killed
 * process loses only its locks. After a failed sync the bytes that it covered are lost, though they can still be read:
 * Linux marks such pages as clean.
 *
 * Every change counts as one operation: a write, a cut, a new name, a rename, a removal, and a sync when it resolves.
 */

import { Failure } from '../failure.ts'
import type { Disk, DiskFile } from './disk.ts'
import {
  applyChange,
  changeContent,
  changeNames,
  type FileNode,
  type FolderNode,
  newFile,
  newFolder,
  survivingFolder,
} from './surviving.test-tool.ts'

export type OperationKind = 'write' | 'cut' | 'create' | 'rename' | 'unlink' | 'mkdir' | 'sync' | 'syncFolder'

export type Operation = { readonly kind: OperationKind; readonly path: string; readonly number: number }

/** The disk of a simulated machine, to be handed to the product as `disk`. */
export class SimulatedDisk {
  readonly #root: FolderNode
  readonly #locks = new Set<string>()
  /** Operations done so far. */
  operations = 0
  /** The number of operations after which the power is cut. */
  stopAfter: number = Number.POSITIVE_INFINITY
  /** Whether the power is cut, or the process killed. */
  get stopped(): boolean {
    return this.operations >= this.stopAfter
  }
  /** Decides whether an operation fails: with the failure returned. A write that fails has written half of its bytes. */
  trouble: (operation: Operation) => Failure | undefined = () => undefined

  constructor(root: FolderNode = newFolder()) {
    this.#root = root
  }

  /** The disk as it may be after a power cut at this moment. */
  afterPowerCut(seed: number): SimulatedDisk {
    this.stopAfter = 0
    return new SimulatedDisk(survivingFolder(this.#root, seed))
  }

  /** The disk after the process was killed at this moment, for another process. */
  afterKill(): SimulatedDisk {
    this.stopAfter = 0
    return new SimulatedDisk(this.#root)
  }

  /** The disk that a process sees. */
  get disk(): Disk {
    return {
      open: (path, access) => this.#open(path, access),
      list: (folder) => [...this.#folder(folder).names.keys()].sort(),
      mkdir: (folder) => this.#mkdir(folder),
      rename: (from, to) => this.#rename(from, to),
      unlink: (path) => {
        const { folder, name } = this.#parent(path)
        if (!folder.names.has(name)) throw missing(path)
        this.#begin('unlink', path)
        changeNames(folder, (names) => names.delete(name))
      },
      removeAll: (path) => {
        const { folder, name } = this.#parent(path)
        if (!folder.names.has(name)) return
        this.#begin('unlink', path)
        changeNames(folder, (names) => names.delete(name))
      },
      syncFolder: (folder) => this.#syncFolder(folder),
      lock: (path) => {
        if (this.#locks.has(path)) return undefined
        this.#file(path, true)
        this.#locks.add(path)
        return { release: () => this.#locks.delete(path) }
      },
    }
  }

  /** All files, by path. */
  files(): ReadonlyMap<string, Uint8Array> {
    const found = new Map<string, Uint8Array>()
    const visit = (folder: FolderNode, path: string): void => {
      for (const [name, node] of folder.names) {
        if (node.kind === 'folder') visit(node, `${path}/${name}`)
        else found.set(`${path}/${name}`, node.content.slice())
      }
    }
    visit(this.#root, '')
    return found
  }

  /** Puts a durable file there, such as a backup or a damaged copy. */
  put(path: string, content: Uint8Array): void {
    const { folder, name } = this.#parent(path)
    const file = { ...newFile(), content: content.slice(), durable: content.slice() }
    folder.names.set(name, file)
    folder.durable.set(name, file)
  }

  /** A disk of its own with the same content, all of it durable. */
  copy(): SimulatedDisk {
    const copy = new SimulatedDisk()
    for (const [path, content] of this.files()) {
      for (const parent of copy.#makeFolders(folderOf(path))) copy.#settleNames(copy.#folder(parent))
      copy.put(path, content)
    }
    copy.operations = 0
    return copy
  }

  #begin(kind: OperationKind, path: string): void {
    this.#alive()
    const failure = this.trouble({ kind, path, number: this.operations })
    this.operations++
    if (failure !== undefined) throw failure
  }

  #alive(): void {
    if (this.stopped) throw new Failure('io', 'the power is cut')
  }

  #folder(path: string): FolderNode {
    let folder = this.#root
    for (const name of partsOf(path)) {
      const node = folder.names.get(name)
      if (node?.kind !== 'folder') throw missing(path)
      folder = node
    }
    return folder
  }

  #parent(path: string): { readonly folder: FolderNode; readonly name: string } {
    return { folder: this.#folder(folderOf(path)), name: partsOf(path).at(-1) ?? '' }
  }

  #file(path: string, create: boolean): FileNode {
    const { folder, name } = this.#parent(path)
    const node = folder.names.get(name)
    if (node?.kind === 'file') return node
    if (node !== undefined || !create) throw missing(path)
    this.#begin('create', path)
    const made = newFile()
    changeNames(folder, (names) => names.set(name, made))
    return made
  }

  #open(path: string, access: 'read' | 'write'): DiskFile {
    this.#alive()
    const file = this.#file(path, access === 'write')
    return {
      path,
      size: () => file.content.length,
      whereabouts: () => {
        const { folder, name } = this.#parent(path)
        return folder.names.get(name) === file ? 'there' : folder.names.has(name) ? 'replaced' : 'gone'
      },
      read: (into, position) => {
        const part = file.content.subarray(position, position + into.length)
        into.set(part)
        return part.length
      },
      write: (buffers, position) => {
        const bytes = Buffer.concat(buffers)
        this.#alive()
        try {
          this.#begin('write', path)
        } catch (failure) {
          changeContent(file, { kind: 'write', position, bytes: bytes.subarray(0, bytes.length >> 1) })
          throw failure
        }
        changeContent(file, { kind: 'write', position, bytes })
      },
      truncate: (size) => {
        this.#begin('cut', path)
        changeContent(file, { kind: 'cut', size })
      },
      sync: () => this.#sync(file, path),
      close: () => {},
    }
  }

  async #sync(file: FileNode, path: string): Promise<void> {
    const covered = file.changes.length
    await undefined
    this.#alive()
    try {
      this.#begin('sync', path)
    } catch (failure) {
      file.changes.splice(0, covered)
      throw failure
    }
    file.durable = file.changes.splice(0, covered).reduce(applyChange, file.durable)
  }

  async #syncFolder(path: string): Promise<void> {
    const folder = this.#folder(path)
    const covered = folder.changes.length
    await undefined
    this.#begin('syncFolder', path)
    this.#settleNames(folder, covered)
  }

  #settleNames(folder: FolderNode, covered: number = folder.changes.length): void {
    for (const change of folder.changes.splice(0, covered)) change(folder.durable)
  }

  /** Makes each new name durable, as the real one does; existing names are assumed to be. */
  async #mkdir(path: string): Promise<void> {
    for (const parent of this.#makeFolders(path)) await this.#syncFolder(parent)
  }

  /** Returns the folders that got a new name. */
  #makeFolders(path: string): readonly string[] {
    const changed: string[] = []
    let parent = ''
    for (const name of partsOf(path)) {
      const folder = this.#folder(parent)
      if (!folder.names.has(name)) {
        this.#begin('mkdir', `${parent}/${name}`)
        const made = newFolder()
        changeNames(folder, (names) => names.set(name, made))
        changed.push(parent)
      }
      parent = `${parent}/${name}`
    }
    return changed
  }

  #rename(from: string, to: string): void {
    const source = this.#parent(from)
    const target = this.#parent(to)
    const node = source.folder.names.get(source.name)
    if (node === undefined) throw missing(from)
    if (source.folder !== target.folder) throw new Error('the simulated disk renames within a folder only')
    this.#begin('rename', from)
    changeNames(source.folder, (names) => {
      names.delete(source.name)
      names.set(target.name, node)
    })
  }
}

const partsOf = (path: string): readonly string[] => path.split('/').filter((part) => part !== '')
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))
const missing = (path: string): Failure => new Failure('not-found', `${path} does not exist`)
