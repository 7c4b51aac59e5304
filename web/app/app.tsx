/** The frame around each page: its navigation, what is wrong with the connection, and the page that the address names. */
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { needsToken, wordsOf } from '../api/client.ts'
import { live } from '../api/status.ts'
import { useStore } from '../api/store.ts'
import { pages } from '../page/all.ts'
import { type PageEntry, type PageProps, PageTitles } from '../page/page-entry.ts'
import { EmptyState } from '../part/empty-state.tsx'
import { ErrorNote } from '../part/error-note.tsx'
import { useFiring } from './firing.ts'
import { LinkBanner } from './link-banner.tsx'
import { Navigation } from './navigation.tsx'
import { useLocation } from './route.ts'
import { SignIn } from './sign-in.tsx'

const TITLES: ReadonlyMap<string, string> = new Map(pages.map(({ name, title }) => [name, title]))

export function App(): VNode {
  const isAsked = useStore(needsToken, (value) => value)
  const isAway = useStore(live, ({ link: { kind } }) => kind === 'lost' || kind === 'refused')
  const { page, rest, query } = useLocation()
  const entry = page === '' ? pages[0] : pages.find(({ name }) => name === page)
  const firing = useFiring()
  useEffect(() => {
    const name = entry === undefined ? 'tailrace' : `${[entry.title, ...rest].join(' · ')} – tailrace`
    document.title = firing === 0 ? name : `(${firing}) ${name}`
  }, [entry, rest, firing])

  if (isAsked) return <SignIn />
  return (
    <div class={isAway ? 'app is-away' : 'app'}>
      <button type="button" class="app-skip" onClick={() => document.getElementById('content')?.focus()}>
        Skip to the content
      </button>
      <Navigation here={entry?.name} />
      <div class="app-main">
        <LinkBanner />
        <main id="content" tabIndex={-1}>
          {entry === undefined ? (
            <EmptyState title={`There is no page ${page}`}>The navigation has all pages.</EmptyState>
          ) : (
            <PageTitles.Provider value={TITLES}>
              <LoadedPage key={entry.name} entry={entry} rest={rest} query={query} />
            </PageTitles.Provider>
          )}
        </main>
      </div>
    </div>
  )
}

type Loaded = { readonly Page?: (props: PageProps) => VNode; readonly error?: string }

function LoadedPage({ entry, ...props }: PageProps & { readonly entry: PageEntry }): VNode {
  const [{ Page, error }, setLoaded] = useState<Loaded>({})
  useEffect(() => {
    let isGone = false
    entry.load().then(
      (loaded) => isGone || setLoaded({ Page: loaded }),
      (failure) => isGone || setLoaded({ error: wordsOf(failure) }),
    )
    return () => {
      isGone = true
    }
  }, [entry])
  if (error !== undefined)
    return (
      <ErrorNote
        error={`The page could not be loaded: ${error}`}
        hint="Load it again: another version may be running."
      />
    )
  return Page === undefined ? <EmptyState title="Loading…" /> : <Page {...props} />
}
