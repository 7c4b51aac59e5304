/** Sinks that are short for the sink `http` with certain options: `explain` shows what they are short for. */
import type * as z from 'zod'
import { HIDDEN } from '../../base/secret.ts'
import type { HttpOptions } from '../../client/http/options.ts'
import { templateMistakes } from '../message/check.ts'
import { type BatchDefaults, defineSink, type SinkMistake, type SinkRows, type SinkType, type Writes } from '../sink.ts'
import { openHttpSink } from './http.ts'
import { lookAtPreset, type PresetLook } from './look.ts'
import type { HttpSinkOptions } from './options.ts'

/** The options that all presets have. */
export type PresetOptions = Pick<HttpOptions, 'url' | 'headers' | 'auth' | 'timeout' | 'tls'> & {
  readonly gzip: boolean
}

/** What a preset adds to those. */
type Spelled = Pick<HttpSinkOptions, 'send' | 'body'> & Partial<HttpSinkOptions> & { readonly path: string }

export type Preset<Options extends PresetOptions> = {
  readonly name: string
  readonly summary: string
  readonly writes: Writes
  readonly batch: BatchDefaults
  readonly options: z.ZodType<Options>
  /** Options that are templates over a row, by their paths. */
  templates(options: Options): readonly (readonly [path: SinkMistake['path'], text: string])[]
  /** Other mistakes. */
  check?(options: Options, rows: SinkRows): readonly SinkMistake[]
  /** How `check --connect` asks the store what it is. */
  look(options: Options): PresetLook
  /** Of `http`, the options that are not the same; `path` goes behind the address. */
  spell(options: Options): Spelled
}

/** A sink of a preset. */
export function presetSink<Options extends PresetOptions>(preset: Preset<Options>): SinkType {
  const { name, summary, writes, batch, options } = preset
  const spell = (given: Options): HttpSinkOptions => {
    const { url, headers, auth, timeout, tls, gzip } = given
    const { path, ...own } = preset.spell(given)
    return {
      ...{ headers: { ...headers, ...own.headers }, auth, timeout, tls, gzip },
      ...{ method: 'POST', answer: 'status', refuse: [] },
      ...own,
      url: `${url.replace(/\/+$/, '')}${path}`,
    }
  }
  return defineSink<Options>({
    name,
    summary,
    writes,
    batch,
    options,
    check: (given, rows) => [
      ...preset.templates(given).flatMap(([path, text]) => templateMistakes(path, text, rows, 'row')),
      ...(preset.check?.(given, rows) ?? []),
    ],
    spelledOut: (given) => ({ http: shown(spell(given)) }),
    connect: (given, where) => lookAtPreset(spell(given), given.url, where, preset.look(given)),
    open: (given, context) => openHttpSink(spell(given), context),
  })
}

/** The options that are not as they are by default, without secrets. */
function shown({ url, auth, method: _, timeout: __, ...options }: HttpSinkOptions): object {
  const said = Object.entries(options).filter(([name, value]) => {
    if (name === 'answer') return value !== 'status'
    if (name === 'tls') return typeof value === 'object'
    return value !== false && (typeof value !== 'object' || Object.keys(value).length > 0)
  })
  return { url, ...(auth !== undefined && { auth: HIDDEN }), ...Object.fromEntries(said) }
}
