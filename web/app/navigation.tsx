/** The list of pages, with what needs a look, and the choice of the theme. On a phone it is a row that scrolls sideways. */
import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { needsToken, remove } from '../api/client.ts'
import { useStatus } from '../api/status.ts'
import { useAnswer } from '../api/use-answer.ts'
import { pages } from '../page/all.ts'
import type { PageEntry } from '../page/page-entry.ts'
import { to } from './route.ts'
import { ThemeSwitch } from './theme-switch.tsx'

export function Navigation({ here }: { readonly here: string | undefined }): VNode {
  const name = useStatus(({ pipeline }) => pipeline)
  const version = useStatus(({ process }) => process?.version)
  return (
    <header class="nav">
      <div class="nav-brand">
        <span class="nav-logo" aria-hidden="true" />
        <span class="nav-name">{name ?? 'tailrace'}</span>
      </div>
      <nav aria-label="Pages">
        <ul>
          {pages.map((page) => (
            <Entry key={page.name} page={page} isHere={page.name === here} />
          ))}
        </ul>
      </nav>
      <div class="nav-foot">
        <div class="nav-buttons">
          <ThemeSwitch />
          <SignOut />
        </div>
        <span class="nav-version">{version === undefined ? '' : `tailrace ${version}`}</span>
      </div>
    </header>
  )
}

function Entry({ page, isHere }: { readonly page: PageEntry; readonly isHere: boolean }): VNode {
  const mark = useStatus((status) => page.mark?.(status))
  const link = useRef<HTMLAnchorElement>(null)
  useEffect(() => {
    if (isHere) link.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [isHere])
  return (
    <li>
      <a ref={link} href={to(page.name)} aria-current={isHere ? 'page' : undefined}>
        {page.title}
        {mark === undefined ? null : <span class="nav-mark">{mark}</span>}
      </a>
    </li>
  )
}

type Session = { readonly needed: boolean; readonly open: boolean }

/** Ends the session of this browser, where the server has a token. */
function SignOut(): VNode | null {
  const { value } = useAnswer<Session>('/api/v1/session')
  if (value === undefined || !value.needed) return null
  const end = async (): Promise<void> => {
    await remove('/api/v1/session')
    needsToken.set(true)
  }
  return (
    <button type="button" class="nav-theme" onClick={() => void end()}>
      Sign out
    </button>
  )
}
