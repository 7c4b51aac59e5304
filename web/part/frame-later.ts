/**
 * A value as it was a frame ago. What follows the table of a page, such as its chart, is drawn in a frame of its own: two pieces of work
 * in one frame would let it be late.
 */
import { useEffect, useState } from 'preact/hooks'

export function useFrameLater<Value>(value: Value): Value {
  const [later, setLater] = useState(() => value)
  useEffect(() => {
    const frame = requestAnimationFrame(() => setLater(() => value))
    return () => cancelAnimationFrame(frame)
  }, [value])
  return later
}
