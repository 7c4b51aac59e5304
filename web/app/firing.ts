/** That alerts fire is seen in the tab of the browser as well: a number before the title, and another icon. */
import { useEffect } from 'preact/hooks'
import type { PipelineStatus } from '../../src/server/api/status.ts'
import { useStatus } from '../api/status.ts'

const firingIn = ({ alerts }: PipelineStatus): number => alerts.reduce((sum, { firing }) => sum + (firing ?? 0), 0)

/** How many keys of alerts fire; 0 while nobody knows. The icon of the tab says that some do. */
export function useFiring(): number {
  const firing = useStatus(firingIn) ?? 0
  const isFiring = firing > 0
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>('link[rel=icon]')
    if (link === null || !isFiring) return
    const calm = link.href
    link.href = FIRING
    return () => {
      link.href = calm
    }
  }, [isFiring])
  return firing
}

const FIRING = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#b3261e"/><path d="M14 6h4l-.6 13h-2.8zM14 22h4v4h-4z" fill="#fff"/></svg>',
)}`
