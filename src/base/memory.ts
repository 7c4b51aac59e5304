/** How much memory there is. */
import { totalmem } from 'node:os'

/** Bytes of the machine, or of the container that limits this process. */
export function memoryBytes(): number {
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(totalmem(), constrained) : totalmem()
}
