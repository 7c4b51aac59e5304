/** A link that saves what an address answers as a file, or a text that the page has. */
import type { ComponentChildren, VNode } from 'preact'

type Props = {
  /** Of the server. */
  readonly href: string
  /** The name of the file. */
  readonly name: string
  readonly children: ComponentChildren
}

export function DownloadLink({ href, name, children }: Props): VNode {
  return (
    <a class="button" href={href} download={name}>
      {children}
    </a>
  )
}

/** Saves a text as a file. */
export function saveText(text: string, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url))
}
