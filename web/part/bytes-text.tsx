/** Bytes of a record as text, with what is no character as an escape, and perhaps one byte marked. */
import type { VNode } from 'preact'
import type { ShownBytes } from '../../src/server/api/topics.ts'
import { type BytesPiece, bytesOf, bytesPieces } from './bytes.ts'
import { formatCount } from './format.ts'

type Props = {
  readonly bytes: ShownBytes
  /** The byte of the whole that is marked. */
  readonly mark?: number | undefined
  /** Whether line breaks are shown as such. */
  readonly keepsLines?: boolean
}

export function BytesText({ bytes, mark, keepsLines = false }: Props): VNode {
  const some = bytesOf(bytes)
  const at = mark === undefined ? undefined : mark - bytes.start
  const isInside = at !== undefined && at >= 0 && (at < some.length || bytes.start + some.length === bytes.bytes)
  const behind = bytes.bytes - bytes.start - some.length
  return (
    <code class="bytes">
      {bytes.start > 0 ? <span class="bytes-cut">{`… ${formatCount(bytes.start)} bytes before `}</span> : null}
      {bytesPieces(some, isInside ? at : undefined, keepsLines).map((piece, index) => (
        <Piece key={index} piece={piece} />
      ))}
      {bytes.bytes === 0 && !isInside ? <span class="bytes-cut">(empty)</span> : null}
      {behind > 0 ? <span class="bytes-cut">{` ${formatCount(behind)} bytes more …`}</span> : null}
    </code>
  )
}

function Piece({ piece: { kind, text } }: { readonly piece: BytesPiece }): VNode {
  if (kind === 'text') return <>{text}</>
  if (kind === 'escape') return <span class="bytes-escape">{text}</span>
  return (
    <mark class="bytes-mark">
      <span class="hidden-text">{kind === 'end' ? 'it ends here' : 'here: '}</span>
      {text === ' ' ? '␣' : text}
    </mark>
  )
}
