/** What bytes can be. */

/** How bytes are packed that are unpacked here. */
export type Packing = 'gzip' | 'zstd'

/** What bytes are, as far as their beginning tells. */
export type ByteKind =
  /** Lines, as far as can be told. */
  | { readonly kind: 'text' }
  | { readonly kind: 'packed'; readonly packing: Packing }
  /** `is`: "is packed with bzip2". `tool`: what prints its text, with FILE in place of the name. */
  | { readonly kind: 'other'; readonly is: string; readonly tool: string | undefined }
