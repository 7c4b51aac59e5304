/** How much memory there is: of the machine, or of the container that this process is in. */
import { totalmem } from 'node:os'

export function memoryBytes(): number {
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(totalmem(), constrained) : totalmem()
}
