/** Text in type of one width, as it is: SQL, options, a raw line. A button copies it. */
import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'

type Props = {
  /** What is copied, and shown where there are no children. */
  readonly text: string
  readonly label: string
  /** The text with parts of it marked. */
  readonly children?: ComponentChildren
}

const COPIED_MS = 1500

export function CodeBlock({ text, label, children }: Props): VNode {
  return (
    <div class="code">
      {/* What scrolls has to be reached by the keyboard, and then to be named; it is no landmark. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: as above */}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is of a form */}
      <div class="code-frame" role="group" tabIndex={0} aria-label={label}>
        <pre>
          <code>{children ?? text}</code>
        </pre>
      </div>
      <CopyButton text={text} />
    </div>
  )
}

function CopyButton({ text }: { readonly text: string }): VNode | null {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), COPIED_MS)
    return () => clearTimeout(timer)
  }, [isCopied])
  // Only a page of this machine, or one with TLS, may use the clipboard.
  if (navigator.clipboard === undefined) return null
  return (
    <button
      type="button"
      class="code-copy"
      onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
    >
      <span aria-live="polite">{isCopied ? 'Copied' : 'Copy'}</span>
    </button>
  )
}
