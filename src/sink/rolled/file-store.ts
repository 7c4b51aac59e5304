/**
 * Where rolled files grow, and where they are once they are whole. What goes into a file is the business of the roller: a
 * store of another kind changes nothing about that.
 *
 * A file grows on the local disk in any case: so a checkpoint makes it durable without the store, a crash cuts it back to
 * the checkpoint's length, and the store gets whole files only.
 */
import type { Offset } from '../../base/quantity.ts'
import type { FileHome, WholeFile } from './archive.ts'

export type FileStore = {
  /** How many whole files may be on their way to the store while others grow; 0: each is waited for. */
  readonly underWay: number
  /** Local path of the file that grows from offset `first` on. */
  growing(home: FileHome, first: Offset): string
  /** The names in the folder of a home. What a crash left half written there is removed first. */
  names(home: FileHome): Promise<readonly string[]>
  /**
   * Gives a whole file its last name, and removes it from where it grew. When that resolves, it is durable. Rejects with a
   * Failure; a repeated call ends the same, also where the first one had done its work and the answer was lost.
   */
  publish(file: WholeFile): Promise<void>
}
