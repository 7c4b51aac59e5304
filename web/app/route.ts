/** Where the dashboard is: the part of the address behind `#`, as in `#/queries/top_pages?rows=50`. */
import { createStore, type Store, useStore } from '../api/store.ts'

export type Location = {
  /** The name of the page; empty: none is named. */
  readonly page: string
  /** What stands behind it, decoded: `['top_pages']`. */
  readonly rest: readonly string[]
  readonly query: URLSearchParams
}

export function locationOf(hash: string): Location {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?')
  const [page = '', ...rest] = path
    .split('/')
    .filter((part) => part !== '')
    .map(decoded)
  return { page, rest, query: new URLSearchParams(query) }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** A link to a page: `to('queries', name)`. */
export const to = (page: string, ...rest: readonly string[]): string =>
  `#/${[page, ...rest].map(encodeURIComponent).join('/')}`

const here: Store<Location> = createStore(locationOf(location.hash))
addEventListener('hashchange', () => here.set(locationOf(location.hash)))

export const useLocation = (): Location => useStore(here, (value) => value)

/** Goes there; with `replace` the way back leads past this place. */
export function goTo(link: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (replace) {
    history.replaceState(null, '', link)
    here.set(locationOf(link))
  } else location.hash = link
}
