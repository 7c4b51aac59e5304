/** The option of `run` that pushes metrics by OTLP, and what the variables of OpenTelemetry say without it. */
import type { Command } from 'commander'
import type { Serve, ServedOptions } from '../../run/served/served-options.ts'
import { telemetrySettings } from '../../server/telemetry/settings.ts'

/** Adds the option to a command. */
export const withTelemetry = (command: Command): Command =>
  command.option('--otlp <url>', 'push the metrics by OTLP over HTTP (default: OTEL_EXPORTER_OTLP_ENDPOINT, if set)')

/** What also pushes the metrics of a run, if it shall. Throws a Failure where the address is of no use. */
export function pushing(
  { otlp }: { readonly otlp?: string },
  { serve }: Pick<ServedOptions, 'serve'>,
  version: string,
  say: (text: string) => void,
): Pick<ServedOptions, 'serve'> {
  const warn = (message: string) => say(`warning: ${message}`)
  const settings = telemetrySettings(otlp, process.env, warn)
  if (settings === undefined) return serve === undefined ? {} : { serve }
  const both: Serve = async (run) => {
    await using opening = new AsyncDisposableStack()
    // Loaded here, as few runs need it.
    const { openPush } = await import('../../server/telemetry/push.ts')
    const push = opening.use(await openPush(run, settings, { version, warn, note: say }))
    const served = serve && opening.use(await serve(run))
    const opened = opening.move()
    return {
      async ending() {
        await Promise.all([push.ending?.(), served?.ending?.()])
      },
      [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
    }
  }
  return { serve: both }
}
