/** Writes a message as the JSON of OTLP: see `json-read.ts`. */
import type { MessageOf, OtlpMessage, ScalarKind, Scalars } from './message.ts'

/** The JSON text of a message. */
export const writeJson = <Value>(message: MessageOf<Value>, value: Value): string =>
  JSON.stringify(jsonOf(message, value as Values))

type Values = { readonly [name: string]: unknown }

function jsonOf({ fields }: OtlpMessage, values: Values): Values {
  const written = Object.entries(fields).flatMap(([name, { of, isList }]) => {
    const given = values[name]
    if (given === undefined) return []
    const one = (value: unknown) =>
      typeof of === 'function' ? jsonOf(of(), value as Values) : scalarOf(of, value as Scalars[ScalarKind])
    return [[name, isList ? (given as readonly unknown[]).map(one) : one(given)]]
  })
  return Object.fromEntries(written) as Values
}

function scalarOf(kind: ScalarKind, value: Scalars[ScalarKind]): unknown {
  if (typeof value === 'bigint') return String(value)
  if (kind === 'bytes') return Buffer.from(value as Uint8Array).toString('base64')
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}
