/**
 * Logical types of Avro: what a value means besides its bytes. Source: Apache Avro 1.12, Specification, "Logical Types".
 *
 * What does not fit the type that it stands on is passed over, so that the value is read as that type.
 */

export type Logical =
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'uuid' | 'date' | 'duration' }
  /** A time of the day; `perMs`: what its number counts, as how many of it are a millisecond. */
  | { readonly kind: 'time'; readonly perMs: 1 | 1000 }
  /** `isLocal`: a wall clock, not an instant. */
  | { readonly kind: 'timestamp'; readonly isLocal: boolean; readonly perMs: 1 | 1000 | 1_000_000 }

type Attributes = { readonly [name: string]: unknown }

const LONGS: { readonly [name: string]: Logical } = {
  'time-micros': { kind: 'time', perMs: 1000 },
  'timestamp-millis': { kind: 'timestamp', isLocal: false, perMs: 1 },
  'timestamp-micros': { kind: 'timestamp', isLocal: false, perMs: 1000 },
  'timestamp-nanos': { kind: 'timestamp', isLocal: false, perMs: 1_000_000 },
  'local-timestamp-millis': { kind: 'timestamp', isLocal: true, perMs: 1 },
  'local-timestamp-micros': { kind: 'timestamp', isLocal: true, perMs: 1000 },
  'local-timestamp-nanos': { kind: 'timestamp', isLocal: true, perMs: 1_000_000 },
}

const DURATION_BYTES = 12
const UUID_BYTES = 16

/** The logical type of a type with these attributes; undefined: none that Avro knows. `size` is that of a fixed. */
export function logicalOf(attributes: Attributes, type: string, size: number = 0): Logical | undefined {
  const { logicalType: name } = attributes
  if (typeof name !== 'string') return undefined
  switch (type) {
    case 'int':
      return name === 'date' ? { kind: 'date' } : name === 'time-millis' ? { kind: 'time', perMs: 1 } : undefined
    case 'long':
      return Object.hasOwn(LONGS, name) ? LONGS[name] : undefined
    case 'string':
      return name === 'uuid' ? { kind: 'uuid' } : undefined
    case 'bytes':
      return name === 'decimal' ? decimalOf(attributes) : undefined
    case 'fixed':
      if (name === 'decimal') return decimalOf(attributes)
      if (name === 'duration' && size === DURATION_BYTES) return { kind: 'duration' }
      return name === 'uuid' && size === UUID_BYTES ? { kind: 'uuid' } : undefined
    default:
      return undefined
  }
}

function decimalOf({ precision, scale = 0 }: Attributes): Logical | undefined {
  const isWhole = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value)
  if (!isWhole(precision) || !isWhole(scale) || precision < 1 || scale < 0 || scale > precision) return undefined
  return { kind: 'decimal', precision, scale }
}
