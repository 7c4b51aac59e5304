/** Every source there is. */
import { file } from './file/file.ts'
import { http } from './http/http.ts'
import { ingest } from './ingest/ingest.ts'
import { generator } from './made/generator.ts'
import type { SourceType } from './source.ts'
import { spool } from './spool/spool.ts'
import { stdin } from './stdin.ts'
import { tcp } from './tcp.ts'

export const sources: readonly SourceType[] = [file, spool, stdin, tcp, ingest, http, generator]
