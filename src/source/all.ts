/** Every source there is. */
import { file } from './file.ts'
import { generator } from './generator.ts'
import { ingest } from './ingest.ts'
import type { SourceType } from './source.ts'
import { stdin } from './stdin.ts'
import { tcp } from './tcp.ts'

export const sources: readonly SourceType[] = [file, stdin, tcp, ingest, generator]
