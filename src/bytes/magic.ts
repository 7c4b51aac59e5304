/** How files of known kinds begin. */
import type { ByteKind } from './byte-kind.ts'

export type Magic = {
  readonly begins: Uint8Array
  /** Where these bytes are; 0 if not given. */
  readonly at?: number
  /** Whether no text begins like this; otherwise there must be control characters as well. */
  readonly isSure: boolean
  readonly kind: ByteKind
}

/** How the packed bytes begin that are unpacked here. */
export const GZIP_MAGIC: Uint8Array = Uint8Array.of(0x1f, 0x8b)
export const ZSTD_MAGIC: Uint8Array = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd)
/** Behind the first byte of a zstd frame that is skipped. */
const SKIPPED_MAGIC: Uint8Array = Uint8Array.of(0x2a, 0x4d, 0x18)

/** Whether the bytes begin as a zstd frame that is skipped, as far as there are any. */
export const isSkippedSoFar = (head: Uint8Array): boolean =>
  ((head[0] ?? 0x50) & 0xf0) === 0x50 && isMagicSoFar(head.subarray(1), SKIPPED_MAGIC)

/** Whether the bytes begin like this, as far as there are any. */
export const isMagicSoFar = (head: Uint8Array, magic: Uint8Array): boolean =>
  magic.every((byte, at) => at >= head.length || head[at] === byte)

const hex = (text: string): Uint8Array => Buffer.from(text, 'hex')
const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1')

const packed = (begins: Uint8Array, by: string, tool: string | undefined, isSure = true): Magic => ({
  begins,
  isSure,
  kind: { kind: 'other', is: `is packed with ${by}`, tool },
})
const made = (begins: Uint8Array, is: string, tool?: string): Magic => ({
  begins,
  isSure: begins.some((byte) => byte < 9 || byte > 126),
  kind: { kind: 'other', is: `is ${is}`, tool },
})
const text = (begins: Uint8Array, encoding: string): Magic => ({ begins, isSure: true, kind: encodedText(encoding) })

/** Text of another encoding, by the name that iconv has for it: UTF-16, UTF-16LE. */
export const encodedText = (encoding: string): ByteKind => ({
  kind: 'other',
  is: `is ${encoding.slice(0, 'UTF-16'.length)} text`,
  tool: `iconv -f ${encoding} -t UTF-8 FILE`,
})

let known: readonly Magic[] | undefined

/** Every beginning that is known; the first that fits counts. Made once it is asked for, which most starts do not. */
export function magics(): readonly Magic[] {
  known ??= makeMagics()
  return known
}

const makeMagics = (): readonly Magic[] => [
  { begins: Uint8Array.of(...GZIP_MAGIC, 8), isSure: true, kind: { kind: 'packed', packing: 'gzip' } },
  { begins: ZSTD_MAGIC, isSure: true, kind: { kind: 'packed', packing: 'zstd' } },
  ...'123456789'.split('').flatMap((level) => [
    packed(ascii(`BZh${level}1AY&SY`), 'bzip2', 'bzcat FILE'),
    // The pack of no bytes.
    packed(Buffer.concat([ascii(`BZh${level}`), hex('177245385090')]), 'bzip2', 'bzcat FILE'),
  ]),
  packed(hex('fd377a585a00'), 'xz', 'xzcat FILE'),
  packed(hex('5d0000'), 'lzma', 'lzcat FILE'),
  packed(hex('04224d18'), 'lz4', 'lz4 -dc FILE'),
  packed(hex('02214c18'), 'lz4', 'lz4 -dc FILE'),
  packed(ascii('LZIP'), 'lzip', 'lzip -dc FILE', false),
  packed(hex('894c5a4f000d0a1a0a'), 'lzop', 'lzop -dc FILE'),
  packed(hex('ff060000734e61507059'), 'snappy', 'snzip -dc FILE'),
  packed(hex('1f9d'), 'compress', 'zcat FILE'),
  packed(hex('1fa0'), 'compress', 'zcat FILE'),
  packed(hex('1f1e'), 'pack', 'zcat FILE'),
  packed(hex('7801'), 'zlib', 'zlib-flate -uncompress < FILE', false),
  packed(hex('789c'), 'zlib', 'zlib-flate -uncompress < FILE', false),
  packed(hex('78da'), 'zlib', 'zlib-flate -uncompress < FILE', false),
  ...['1e', '22', '23', '24', '25', '26', '27'].map((first) =>
    packed(hex(`${first}b52ffd`), 'an old version of zstd', 'zstdcat FILE'),
  ),
  made(ascii('PK\x03\x04'), 'a zip archive', 'unzip -p FILE'),
  made(ascii('PK\x05\x06'), 'an empty zip archive'),
  made(ascii('PK\x07\x08'), 'a zip archive', 'unzip -p FILE'),
  made(hex('377abcaf271c'), 'a 7z archive', '7z x -so FILE'),
  made(ascii('Rar!\x1a\x07'), 'a rar archive', 'unrar p -inul FILE'),
  { ...made(ascii('ustar'), 'a tar archive', 'tar -xOf FILE'), at: 257, isSure: true },
  made(ascii('!<arch>\n'), 'an ar archive'),
  made(ascii('070701'), 'a cpio archive'),
  made(hex('edabeedb'), 'an rpm package'),
  made(hex('7f454c46'), 'an ELF program'),
  ...['feedface', 'feedfacf', 'cefaedfe', 'cffaedfe', 'cafebabe'].map((bytes) => made(hex(bytes), 'a program')),
  made(ascii('MZ'), 'a program of Windows'),
  made(hex('0061736d'), 'a WebAssembly module'),
  made(ascii('PAR1'), 'a Parquet file'),
  made(ascii('ORC'), 'an ORC file'),
  made(ascii('Obj\x01'), 'an Avro container'),
  made(ascii('ARROW1\0\0'), 'an Arrow file'),
  made(ascii('SQLite format 3\0'), 'a SQLite database'),
  made(ascii('LPKSHHRH'), 'a journal of systemd', 'journalctl --file FILE -o json'),
  made(ascii('ElfFile\0'), 'an event log of Windows'),
  made(hex('d4c3b2a1'), 'a packet capture', 'tcpdump -r FILE'),
  made(hex('a1b2c3d4'), 'a packet capture', 'tcpdump -r FILE'),
  made(hex('0a0d0d0a'), 'a packet capture', 'tcpdump -r FILE'),
  made(hex('89504e470d0a1a0a'), 'a PNG image'),
  made(hex('ffd8ff'), 'a JPEG image'),
  made(ascii('GIF8'), 'a GIF image'),
  made(ascii('RIFF'), 'a media file'),
  made(ascii('%PDF-'), 'a PDF document', 'pdftotext FILE -'),
  made(hex('d0cf11e0a1b11ae1'), 'a document of Microsoft Office'),
  made(ascii('Salted__'), 'encrypted by OpenSSL'),
  text(hex('fffe0000'), 'UTF-32'),
  text(hex('0000feff'), 'UTF-32'),
  text(hex('fffe'), 'UTF-16'),
  text(hex('feff'), 'UTF-16'),
]
