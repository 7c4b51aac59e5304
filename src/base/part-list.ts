/**
 * A list of the parts of one sort, such as the formats, whose code is loaded when it is asked for: a start that loads the code of all
 * takes a fifth longer, and a pipeline uses few of them. Names are known at once.
 */
import { assert } from './assert.ts'

export type PartList<Part> = {
  /** In the order of the list. */
  readonly names: readonly string[]
  /** The part of that name; undefined where there is none. */
  load(name: string): Promise<Part | undefined>
  /** All of them, in the order of the list. */
  loadAll(): Promise<readonly Part[]>
  /** The same as `load`, of a part that has been loaded. */
  get(name: string): Part | undefined
  /** Whether `get` may be called; a name that is not in the list counts as loaded. */
  isLoaded(name: string): boolean
  /** The part whose name is a key of `entry`, which has been loaded. Its schema wants one. */
  of(entry: { readonly [key: string]: unknown }): Part
}

/** `loaders`: by name; each imports the file of its part. */
export function partList<Part>(loaders: { readonly [name: string]: () => Promise<Part> }): PartList<Part> {
  const names = Object.keys(loaders)
  const loaded = new Map<string, Part>()
  async function load(name: string): Promise<Part | undefined> {
    if (!Object.hasOwn(loaders, name)) return undefined
    const part = loaded.get(name) ?? (await loaders[name]?.())
    if (part !== undefined) loaded.set(name, part)
    return part
  }
  const isLoaded = (name: string) => loaded.has(name) || !Object.hasOwn(loaders, name)
  function get(name: string): Part | undefined {
    assert(isLoaded(name), `${name} was not loaded`)
    return loaded.get(name)
  }
  return {
    names,
    load,
    async loadAll() {
      const parts = await Promise.all(names.map(load))
      return parts.filter((part) => part !== undefined)
    },
    get,
    isLoaded,
    of(entry) {
      const part = get(names.find((name) => entry[name] !== undefined) ?? '')
      assert(part !== undefined, 'the schema wants a kind')
      return part
    },
  }
}
