/** A disk in memory, gone with its process: for runs that leave nothing behind. Paths are absolute. */
import { Failure } from '../failure.ts'
import { type Disk, type DiskFile, folderOf } from './disk.ts'

type Content = { bytes: Uint8Array<ArrayBuffer>; size: number }

/** An empty disk. It locks nothing, as no other process sees it, and never waits for a device. */
export function openMemoryDisk(): Disk {
  const files = new Map<string, Content>()
  const folders = new Set<string>(['/'])
  const missing = (action: string, path: string) =>
    new Failure('not-found', `cannot ${action} ${path}: there is no such file`)
  const within = (folder: string) => (folder === '/' ? '/' : `${folder}/`)
  return {
    open(path, access) {
      const found = files.get(path)
      if (found !== undefined) return openContent(path, found, files)
      if (access === 'read' || !folders.has(folderOf(path))) throw missing('open', path)
      const made: Content = { bytes: new Uint8Array(0), size: 0 }
      files.set(path, made)
      return openContent(path, made, files)
    },
    list(folder) {
      if (!folders.has(folder)) throw missing('list', folder)
      const start = within(folder)
      const names = [...files.keys(), ...folders].filter((path) => path.startsWith(start) && path !== folder)
      return [...new Set(names.map((path) => path.slice(start.length).split('/', 1)[0] ?? ''))].sort()
    },
    async mkdir(folder) {
      for (let path = folder; path !== '/'; path = folderOf(path)) folders.add(path)
    },
    rename(from, to) {
      const content = files.get(from)
      if (content === undefined || !folders.has(folderOf(to))) throw missing('rename', from)
      files.delete(from)
      files.set(to, content)
    },
    unlink(path) {
      if (!files.delete(path)) throw missing('remove', path)
    },
    removeAll(path) {
      for (const one of [...files.keys()]) if (one === path || one.startsWith(within(path))) files.delete(one)
      for (const one of [...folders]) if (one === path || one.startsWith(within(path))) folders.delete(one)
    },
    async syncFolder() {},
    lock: () => ({ release() {} }),
  }
}

function openContent(path: string, content: Content, files: ReadonlyMap<string, Content>): DiskFile {
  const grow = (size: number) => {
    if (size <= content.bytes.length) return
    const bytes = new Uint8Array(Math.max(size, 2 * content.bytes.length))
    bytes.set(content.bytes.subarray(0, content.size))
    content.bytes = bytes
  }
  return {
    path,
    size: () => content.size,
    whereabouts: () => (files.get(path) === content ? 'there' : files.has(path) ? 'replaced' : 'gone'),
    read(into, position) {
      const part = content.bytes.subarray(
        Math.min(position, content.size),
        Math.min(content.size, position + into.length),
      )
      into.set(part)
      return part.length
    },
    write(buffers, position) {
      let at = position
      for (const buffer of buffers) {
        grow(at + buffer.length)
        content.bytes.set(buffer, at)
        at += buffer.length
        content.size = Math.max(content.size, at)
      }
    },
    truncate(size) {
      grow(size)
      content.bytes.fill(0, size, Math.max(size, content.size))
      content.size = size
    },
    async sync() {},
    close() {},
  }
}
