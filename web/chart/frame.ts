/** Work that is done at most once a frame, however often it is asked for. */

export type Frame = { ask(): void; cancel(): void }

export function onceAFrame(work: () => void): Frame {
  let asked: number | undefined
  return {
    ask() {
      asked ??= requestAnimationFrame(() => {
        asked = undefined
        work()
      })
    },
    cancel() {
      if (asked !== undefined) cancelAnimationFrame(asked)
      asked = undefined
    },
  }
}
